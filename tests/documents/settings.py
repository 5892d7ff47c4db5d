"""The table of all settings, from their declarations."""

from __future__ import annotations

import re

from notifier.config import Settings

_TABLE = re.compile(r"(?<=<!-- made by make docs -->\n).*?(?=<!-- end -->)", re.DOTALL)


def with_table(page: str) -> str:
    """Replace the table of a page."""
    rows = [f"| `NOTIFIER_{name}` | {_shown(field.default)} | {field.description} |" for name, field in Settings.model_fields.items()]
    table = "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows, ""])
    return _TABLE.sub(lambda _: table, page)


def _shown(default: object) -> str:
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{text}`" if text else ""
