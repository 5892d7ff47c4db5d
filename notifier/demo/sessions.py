"""Sample sessions, in each state that a page shows: under way, complete, failed, waiting."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.services.messages import send
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession

_OPERATOR = Viewer(None, True, send.LOCAL_SENDER)
# As long as a session may be silent: nothing reports on these, and they are not to stall.
_SILENCE_SECONDS = 7 * 86_400
_JOBS: tuple[tuple[str, tuple[Move, ...]], ...] = (
    ("Transcode talk.mp4", (Move(status="processing", progress=45, message="second pass"),)),
    ("Import customers.csv", (Move(status="processing", progress=80), Move(status="processed"))),
    ("Render thumbnails", (Move(status="processing", progress=30), Move(status="failed", error="No space left on the device"))),
    ("Index the archive", ()),
    ("Upload to the mirror", (Move(status="uploading", progress=99, message="almost there"),)),
)


def fill(names: Sequence[str], count: int) -> None:
    """Create `count` sessions of the first of `names`, which the second may watch."""
    for number in range(count):
        title, moves = _JOBS[number % len(_JOBS)]
        new = NewSession(title=title, owner=names[0], viewers=list(names[1:2]), silence_seconds=_SILENCE_SECONDS)
        public_id = sessions.create(new, creator=send.LOCAL_SENDER)
        for move in moves:
            sessions.move(public_id, move, _OPERATOR)
