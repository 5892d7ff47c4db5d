"""Text as a reader sees it: what is visible, where a character ends, and the form for searching.

A character is an extended grapheme cluster (UAX 29): a flag, a letter with its accents, an emoji with its skin tone.
"""

from __future__ import annotations

import unicodedata

import regex

# Blank though Unicode does not call them so: Braille without dots, and a note head that is drawn as nothing.
_BLANK = r"\p{White_Space}\p{Default_Ignorable_Code_Point}\p{C}\u2800\U0001D159"
_VISIBLE = regex.compile(rf"[^{_BLANK}]")
_INVISIBLE = regex.compile(rf"[{_BLANK}]")
# What ends the blank edges of a line: the first one from its start and, searched backwards, from its end. A pattern for the blanks at the
# end would begin at each blank of the line: a line of 4,000 took 0.17 s.
_INK = rf"[^{_BLANK}--\p{{Cf}}]"
_FIRST_INK = regex.compile(_INK, regex.V1)
_LAST_INK = regex.compile(_INK, regex.V1 | regex.REVERSE)
_CHARACTER = regex.compile(r"\X")
# Normalising takes the square of the number of marks on one letter: 37 ms for 4,000. No script stacks 30 (UAX 15, stream-safe text).
_PILED_UP = regex.compile(r"(\p{M}{30})\p{M}+")


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of `text`.

    Spaces of any script, zero-width characters and fillers are not visible.
    """
    if text.isascii() and text.isprintable():  # most titles; a search takes four times as long
        return text.strip() != ""
    return _VISIBLE.search(text) is not None


def has_invisible(text: str) -> bool:
    """Whether `text` holds a character that a reader does not see.

    Such as a Hangul filler, which Unicode calls a letter.
    """
    return _INVISIBLE.search(text) is not None


def first_visible_line(text: str, limit: int) -> str:
    """The first visible line of `text`, without blank edges, cut to `limit` code points.

    Empty if there is none.
    """
    line = next((line for line in text.split("\n") if is_visible(line)), "")
    first, last = _FIRST_INK.search(line), _LAST_INK.search(line)
    return cut(line[first.start() : last.end()].replace("\t", " "), limit) if first and last else ""


def cut(text: str, limit: int) -> str:
    """`text`, or its start and an ellipsis, in at most `limit` code points.

    It never ends within a character.
    """
    if len(text) <= limit:
        return text
    end = 0
    for character in _CHARACTER.finditer(text):
        if character.end() > limit - 1:
            break
        end = character.end()
    return text[: end or limit - 1] + "…"  # a single character may be longer than any limit


def search_form(text: str) -> str:
    """The form in which texts are compared when searched (NFKC, then case folding).

    It is alike for all cases of a letter, in every script.
    """
    if text.isascii():  # it is normalised already
        return text.casefold()
    bounded = _PILED_UP.sub(r"\1", text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bounded).casefold())
