"""Find progress in the output of a program: percentages, fractions, and its last line.

Pure; it is fed with bytes as they arrive.
"""

from __future__ import annotations

import codecs
import re

# Not part of a word (`file%20name`, `v1/2`), of a date or of a path (`25/11/2026`), and at most 100.
_PERCENT = re.compile(r"(?<![\w.,/-])(\d{1,3})(?:[.,]\d+)?\s?%(?!\w)")
_FRACTION = re.compile(r"(?<![\w.,/-])(\d+(?:\.\d+)?)\s?/\s?(\d+(?:\.\d+)?)(?!\w|[.,/-]\w|/)")
_LINE_END = re.compile(r"[\r\n]+")
# Terminal escapes for cursor and colour: CSI and OSC sequences, and the shorter ones.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_MAX_LINE_LENGTH = 4096
_MAX_MESSAGE_LENGTH = 500


class CommandOutput:
    """One output stream of a program. `message`: its newest line. `progress`: in percent.

    `statement`: its newest line without a percentage, which describes the program after its end.

    `progress` is None where the newest bytes contain none. A bar that is redrawn ends or begins its lines with CR.
    """

    def __init__(self) -> None:
        self.progress: int | None = None
        self.message = self.statement = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""

    def feed(self, data: bytes) -> None:
        """Process the next bytes."""
        *lines, self._line = _LINE_END.split(self._line + self._decoder.decode(data))
        self._line = self._line[-_MAX_LINE_LENGTH:]
        shown = [text for text in map(_shown, lines) if text]
        unfinished = _shown(self._line)
        self.message = (unfinished or (shown[-1] if shown else self.message))[:_MAX_MESSAGE_LENGTH]
        statements = [text for text in (*shown, unfinished) if text and not _PERCENT.search(text)]
        self.statement = (statements[-1] if statements else self.statement)[:_MAX_MESSAGE_LENGTH]
        self.progress = _progress(unfinished, finished=False)
        while self.progress is None and shown:
            self.progress = _progress(shown.pop(), finished=True)


def _shown(line: str) -> str:
    return _CONTROL.sub(" ", _ESCAPE.sub("", line)).strip()


def _progress(text: str, *, finished: bool) -> int | None:
    """The last percentage in `text`, or else the last fraction, or None.

    A number at the end of an unfinished line may be unfinished too, and is ignored.
    """
    percents = [int(match[1]) for match in _PERCENT.finditer(text) if int(match[1]) <= 100]
    if percents:
        return percents[-1]
    found = None
    for match in _FRACTION.finditer(text):
        done, whole = float(match[1]), float(match[2])
        if whole > 0 and done <= whole and (finished or match.end() < len(text)):
            found = int(100 * done / whole)
    return found
