"""Names of topics: what a stream subscribes to and what a hint announces."""

from __future__ import annotations


def user_topic(user_id: int) -> str:
    """The topic of a user's inbox, `user:7`."""
    return f"user:{user_id}"


def session_topic(session_id: int) -> str:
    """The topic of a progress session, `session:7`."""
    return f"session:{session_id}"
