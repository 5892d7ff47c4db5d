"""Pages of a list by key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, column, create_engine, select, text

from notifier.services.pagination import read_page

NUMBERS = text("SELECT value AS id FROM json_each('[1, 2, 3, 4, 5, 6]')").columns(column("id", Integer)).subquery()


def behind(cursor: int) -> Select[Any]:
    return select(NUMBERS.c.id).where(NUMBERS.c.id > cursor).order_by(NUMBERS.c.id)


def test_pages_cover_a_list_once_and_the_last_has_no_cursor() -> None:
    expected = {1: [1, 2, 3, 4, 5, None], 3: [3, None], 4: [4, None], 6: [None], 7: [None]}
    with create_engine("sqlite://").connect() as connection:
        for limit, cursors in expected.items():
            seen: list[int] = []
            followed: list[int | None] = [0]
            while (cursor := followed[-1]) is not None:
                rows, following = read_page(connection, behind(cursor), limit, "id")
                seen += [row.id for row in rows]
                followed.append(following)

            assert (seen, followed[1:]) == ([1, 2, 3, 4, 5, 6], cursors), limit


def test_empty_list_is_one_page_without_a_cursor() -> None:
    with create_engine("sqlite://").connect() as connection:
        assert read_page(connection, behind(6), 5, "id") == ([], None)
