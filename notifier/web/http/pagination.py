"""Pages of lists in URLs: the numbers in a query, and the address of the next page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from flask import Response
from pydantic import BaseModel, BeforeValidator

from notifier.web.http.base_path import here


def _digits(value: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_digits)]
"""A whole number in a URL or a form. `int()` alone would take `1_000`, ` 5` and foreign digits."""


def following(query: BaseModel, cursor: int | str | None, parameter: str = "before") -> str | None:
    """The address of the page that begins at `cursor`; None on the last page."""
    return None if cursor is None else f"{here()}?{urlencode(query.model_dump(exclude_none=True) | {parameter: cursor})}"


def link(response: Response, query: BaseModel, cursor: int | str | None, parameter: str = "before") -> None:
    """Set the `Link` header to the next page."""
    if address := following(query, cursor, parameter):
        response.headers["Link"] = f'<{address}>; rel="next"'
