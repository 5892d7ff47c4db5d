"""`column IN (…)` for hundreds of numbers, at the price of one parameter.

SQLAlchemy writes a statement anew for every list of another length, and binds each number by itself: for 500 people that took longer
than the database did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement


class _Numbers(FunctionElement[int]):
    """The rows of a JSON array of whole numbers."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Numbers, "sqlite")
def _sqlite(element: _Numbers, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Numbers, "postgresql")
def _postgresql(element: _Numbers, compiler: Any, **options: Any) -> str:
    return f"(SELECT value::bigint FROM json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS json)))"


def in_numbers(column: InstrumentedAttribute[int], numbers: Iterable[int]) -> ColumnElement[bool]:
    """Whether `column` is one of `numbers`."""
    return column.bool_op("IN")(_Numbers(bindparam(None, json.dumps(list(numbers)), String)))
