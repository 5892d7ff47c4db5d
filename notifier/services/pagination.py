"""Pages of a list by key.

One row more than the limit is read, which shows whether there is a next page.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select


def read_page(connection: Connection, query: Select[*tuple[Any, ...]], limit: int, key: str) -> tuple[list[Any], Any]:
    """Read up to `limit` rows of `query`, and the cursor of the next page.

    The cursor is `key` of the last row, or None on the last page.
    `query` is ordered by `key`, which is unique among its rows. The caller adds the condition that starts it behind a cursor.
    """
    rows = connection.execute(query.limit(limit + 1)).all()
    page = list(rows[:limit])
    return page, getattr(page[-1], key) if len(rows) > limit else None
