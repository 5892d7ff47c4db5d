"""What all shapes of answers have in common, and where an inbox stands."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Standing(Shape):
    """Where an inbox stands. Of two such pairs the one with the higher `seq` is right."""

    unread_count: Count
    seq: Count
