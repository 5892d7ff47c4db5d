"""Text of other servers and of users as one line, for headers, rows and terminals."""

from __future__ import annotations


def one_line(text: str, most: int) -> str:
    """`text` on one line of printable characters, at most `most` of them.

    PostgreSQL stores no NUL, and a terminal obeys control characters.
    """
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:most]
