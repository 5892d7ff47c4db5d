"""The accent colour of a site, as pairs for light and dark pages that keep the contrast of text.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]

_WHITE, _BLACK = (255, 255, 255), (16, 19, 31)
_LIGHT, _DARK = (238, 239, 243), (35, 37, 44)
"""The darkest ground of light pages and the lightest of dark ones."""
_TINT_LIGHT, _TINT_DARK = (255, 255, 255), (22, 23, 27)
_MIN_CONTRAST = 4.5
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Accent:
    """The values of one scheme: the accent, text on it, and the ground of what is selected."""

    accent: str
    on_accent: str
    tint: str


def light(accent: str) -> Accent:
    """For light pages: darker than `accent` where that would be hard to read."""
    return _scheme(_readable(_parsed(accent), _BLACK, _LIGHT), _TINT_LIGHT)


def dark(accent: str) -> Accent:
    """For dark pages: lighter than `accent` where that would be hard to read."""
    return _scheme(_readable(_parsed(accent), _WHITE, _DARK), _TINT_DARK)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _scheme(colour: Colour, ground: Colour) -> Accent:
    on = max((_WHITE, _BLACK), key=lambda text: contrast(text, colour))
    return Accent(_hex(colour), _hex(on), _hex(_mixed(ground, colour, 0.08)))


def _readable(colour: Colour, towards: Colour, ground: Colour) -> Colour:
    """`colour`, mixed with `towards` as little as its contrast with `ground` needs."""
    mixes = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((mix for mix in mixes if contrast(mix, ground) >= _MIN_CONTRAST), towards)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parsed(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#" + bytes(colour).hex()
