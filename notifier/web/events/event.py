"""One kind of event on a stream, as the API document describes it.

Each wire format has a table of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Event:
    """`model`: its data. `has_id`: whether it carries a cursor.

    `example`: fields that differ from the examples of the model.
    In a table, the key `message` is for events without a name.
    """

    model: type[BaseModel]
    description: str
    has_id: bool = True
    example: Mapping[str, Any] | None = None
