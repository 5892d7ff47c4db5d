"""Names that a reader may take for another user's: with a Cyrillic `a`, or a 1 for an `l`.

They are allowed, since many are honest, but shown to the admin who makes them.
"""

from __future__ import annotations

import unicodedata

from sqlalchemy import func, select

from notifier import database
from notifier.models import User
from notifier.services.validation import name_key

_MAX_RESULTS = 5
_MAX_NAMES_READ = 20_000

# By letter or digit those that look like it in common fonts, after folding: of Cyrillic, Greek and Armenian, and I, 1 and 0.
_ALIKE = {
    "3": "\u0437",
    "a": "\u0430\u03b1",
    "b": "\u0432",
    "c": "\u0441",
    "d": "\u0501",
    "e": "\u0435\u03b5",
    "g": "\u0581",
    "h": "\u04bb\u043d\u0570",
    "j": "\u0458",
    "k": "\u043a\u03ba",
    "l": "\u0456\u04cf\u03b9i\u01311",
    "m": "\u043c",
    "n": "\u043f\u03b7\u0578",
    "o": "\u043e\u03bf\u05850",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "r": "\u0433",
    "s": "\u0455",
    "t": "\u0442\u03c4",
    "u": "\u03c5\u057d",
    "v": "\u03bd",
    "w": "\u051d\u03c9",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3",
}
_LOOKS = str.maketrans({each: letter for letter, others in _ALIKE.items() for each in others})


def of(name: str) -> list[str]:
    """The names of other users, at most five, that look like `name`."""
    key = name_key(name)
    same_length = select(User.name, User.name_key).where(func.length(User.name_key) == len(key), User.name_key != key)
    with database.read() as connection:
        rows = connection.execute(same_length.order_by(User.id).limit(_MAX_NAMES_READ)).all()
    looks = _look(key)
    return [row.name for row in rows if _look(row.name_key) == looks][:_MAX_RESULTS]


def _look(key: str) -> str:
    """The form that names which look alike share. Accents are kept: they are visible."""
    return unicodedata.normalize("NFC", key).translate(_LOOKS)
