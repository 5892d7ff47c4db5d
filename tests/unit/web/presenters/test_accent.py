"""Accent colours: any colour becomes a readable pair for light and dark pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.web.presenters import accent
from notifier.web.presenters.accent import contrast

LIGHT, DARK = (0xEE, 0xEF, 0xF3), (0x23, 0x25, 0x2C)


def parsed(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


@given(st.binary(min_size=3, max_size=3))
def test_text_in_and_on_the_accent_has_enough_contrast(colour: bytes) -> None:
    for scheme, ground in ((accent.light, LIGHT), (accent.dark, DARK)):
        found = scheme(f"#{colour.hex()}")
        assert contrast(parsed(found.accent), ground) >= 4.5
        assert contrast(parsed(found.on_accent), parsed(found.accent)) >= 4.5


def test_readable_colour_is_kept() -> None:
    assert accent.light("#3f51c9").accent == "#3f51c9"
    assert accent.light("#ffe000").accent != "#ffe000"
