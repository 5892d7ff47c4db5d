"""A stream on its way from the door, which allows it, to the hub, which opens it."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.realtime.renderer import ProgressRenderer


@dataclass(frozen=True, slots=True)
class Opening:
    """A stream that has been allowed. `name` is the public id of what it watches, `seq` a cursor, or `LOST`.

    `grant` is what it was allowed by, `access` the state of the user's rights at that time. `session_id`: the one it watches, None for a
    stream of the user's inbox. `first`: what it begins with, before the feed's first event. `resumes`: the client gave a cursor.
    `label`: what the log says of it at its end, in one string, because it is kept that long: request id, address, path, who.
    """

    key: str
    user_id: int
    name: str
    seq: int
    renderer: ProgressRenderer
    lives_seconds: float
    label: str
    grant: object
    access: int
    session_id: int | None = None
    first: bytes = b""
    resumes: bool = False
