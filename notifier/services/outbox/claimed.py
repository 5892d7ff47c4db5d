"""A delivery that this process may send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claimed:
    """`attempts` proves it when it is settled. `user_id`: none where it goes to a destination."""

    id: int
    public_id: str
    kind: str
    channel: str
    user_id: int | None
    message_id: int | None
    digest_id: int | None
    target: str
    destination_id: str | None
    attempts: int
