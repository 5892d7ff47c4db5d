"""Examples of models, put together from the examples of their fields."""

from __future__ import annotations

from enum import Enum
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, RootModel


def example(shape: Any) -> Any:
    """An example of a model, or of a list of them, as JSON."""
    if get_origin(shape) is list:
        return [example(get_args(shape)[0])]
    if get_origin(shape) is UnionType:
        return example(get_args(shape)[0])
    if get_origin(shape) is Literal:
        return get_args(shape)[0]
    if issubclass(shape, Enum):
        return next(iter(shape)).value
    if issubclass(shape, RootModel):
        return example(shape.model_fields["root"].annotation)
    if issubclass(shape, BaseModel):
        fields = shape.model_fields.items()
        return {name: field.examples[0] if field.examples else example(field.annotation) for name, field in fields if _shown(field)}
    raise TypeError(f"{shape} needs `Field(examples=[…])`")


def _shown(field: Any) -> bool:
    return bool(field.examples) or field.is_required() or get_origin(field.annotation) is Literal
