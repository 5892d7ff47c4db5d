"""What watches a key: the hub's entry of one user's streams, or of one session's."""

from __future__ import annotations

from notifier.realtime.connection import Connection


class Topic(set[Connection]):
    """A user's entry: the connections that watch one key. `seq` and `unread` are what the feed has last given them all.

    `access` is the state of their user's rights that they were last checked against. `followed`: the user's sessions that are under way,
    by key.
    """

    __slots__ = ("access", "followed", "key", "name", "seq", "unread", "user_id")

    def __init__(self, key: str, user_id: int, name: str, access: int) -> None:
        super().__init__()
        self.access = access
        self.key = key
        self.user_id = user_id
        self.name = name
        self.seq = -1
        self.unread = 0
        self.followed: dict[str, SessionTopic] = {}


class SessionTopic(Topic):
    """A session's entry: the connections that watch it alone, and the users who follow it on their own streams.

    `seq` is the version that all of them were told, at `told_at`; `arrivals` are streams of followers that were not told of it yet.
    """

    __slots__ = ("arrivals", "followers", "session_id", "told_at")

    def __init__(self, key: str, session_id: int, name: str) -> None:
        super().__init__(key, 0, name, 0)
        self.session_id = session_id
        self.followers: dict[str, Topic] = {}
        self.arrivals: set[Connection] = set()
        self.told_at = float("-inf")
