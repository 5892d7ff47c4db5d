"""The texts below the fields of models are their descriptions."""

from pydantic import BaseModel

from notifier.web.openapi.field_texts import field_texts


class Base(BaseModel):
    first: int
    """Of the base."""
    second: int
    """Of the base,
    in two lines.
    """
    third: int


class Derived(Base):
    second: int
    fourth: int
    """Its own."""


def test_text_below_a_field_describes_it() -> None:
    assert field_texts(Base) == {"first": "Of the base.", "second": "Of the base,\nin two lines."}


def test_field_that_is_declared_again_loses_the_text_of_the_base() -> None:
    assert field_texts(Derived) == {"first": "Of the base.", "fourth": "Its own."}
