"""What streams subscribe to: the inbox of a user, or a session."""

from __future__ import annotations

from notifier.realtime.connection import Connection, Topic

_NO_SESSIONS: dict[str, SessionTopic] = {}  # stays empty


class UserTopic(Topic):
    """The streams of one user's inbox.

    `access`: the user's access state that their grants were last checked against.
    `followed`: the user's sessions under way, by topic name; their progress goes to these streams too.
    `shows_listed`: whether one of the streams has shown `Page.listed`.
    """

    __slots__ = ("access", "followed", "shows_listed", "user_id")

    def __init__(self, name: str, user_id: int, access: int) -> None:
        super().__init__(name)
        self.user_id = user_id
        self.access = access
        self.followed = _NO_SESSIONS
        self.shows_listed = False

    def follow(self, session: SessionTopic) -> None:
        """Add a session to `followed`."""
        if self.followed is _NO_SESSIONS:
            self.followed = {}
        self.followed[session.name] = session


class SessionTopic(Topic):
    """The streams of one session, and the users that follow it on their own streams.

    `seq`: the version that was last sent, at `sent_at`. `arrivals`: streams of followers that have not been sent it yet.
    """

    __slots__ = ("arrivals", "followers", "sent_at", "session_id")

    def __init__(self, name: str, session_id: int) -> None:
        super().__init__(name)
        self.session_id = session_id
        self.followers: dict[str, UserTopic] = {}
        self.arrivals: set[Connection] = set()
        self.sent_at = float("-inf")

    def subscribed(self) -> bool:
        return bool(self or self.followers)
