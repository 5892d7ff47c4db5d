"""Lists a page at a time: what addresses say of pages, and where the next one is."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel, BeforeValidator


def _digits(value: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_digits)]
"""A whole number in an address or a form. `int()` alone would take `1_000`, ` 5` and foreign digits."""


def following(query: BaseModel, before: int | str | None) -> str | None:
    """The address of the page that begins at `before`, under the name this one was asked for by; None where there is none."""
    return None if before is None else f"{request.path}?{urlencode(query.model_dump(exclude_none=True) | {'before': before})}"


def link(response: Response, query: BaseModel, before: int | str | None) -> None:
    """Says in `Link` where the next page is."""
    if address := following(query, before):
        response.headers["Link"] = f'<{address}>; rel="next"'
