"""The poll's part for users: which of the watched inboxes changed without a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from notifier.realtime.hub import Hub
from notifier.realtime.ports import SnapshotReader
from notifier.realtime.topic_names import user_topic
from notifier.realtime.topics import UserTopic
from notifier.realtime.yielding import yield_once, yield_to_others

_BATCH_SIZE = 250


class UserPoll:
    """Reads what was committed since its last run.

    Where that is not known, it reads the heads of all watched inboxes.
    """

    def __init__(self, hub: Hub, reader: SnapshotReader, mark: Callable[[Iterable[str]], None]) -> None:
        self._hub = hub
        self._reader = reader
        self._mark = mark
        self._compare_all = False

    def run(self) -> None:
        """Mark the topics that are not at the head of their inbox. Raises `Unavailable`."""
        changed = None if self._compare_all else self._reader.changed(len(self._hub.topics))
        if changed is None:
            self._compare_heads()
            return
        for start in range(0, len(changed), _BATCH_SIZE):
            if start:
                yield_once()
            self._mark(self._behind(changed[start : start + _BATCH_SIZE]))

    def _behind(self, changed: Iterable[tuple[int, int, int]]) -> Iterator[str]:
        """The topics of the users of `changed`, as the reader returns them, that are in another state."""
        for user, seq, access in changed:
            topic = self._hub.topics.get(user_topic(user))
            if isinstance(topic, UserTopic) and (seq, access) != (topic.seq, topic.access):
                yield topic.name

    def _compare_heads(self) -> None:
        self._compare_all = True  # until all are compared: `changed` has moved on, also when the database fails half-way
        by_user = {topic.user_id: topic for topic in self._hub.topics.values() if isinstance(topic, UserTopic)}
        users = list(by_user)
        for start in range(0, len(users), _BATCH_SIZE):
            asked = users[start : start + _BATCH_SIZE]
            heads = {user: (seq, access) for user, seq, access in self._reader.heads(asked)}
            self._mark(by_user[user].name for user in asked if heads.get(user) != (by_user[user].seq, by_user[user].access))
            yield_to_others()
        self._compare_all = False
