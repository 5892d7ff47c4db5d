"""A `SnapshotReader` with inboxes and sessions in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from notifier.errors import Unavailable
from notifier.realtime.snapshot import Change, Page, Session, Snapshot

EPOCH = "5f0c2a91"


class Inboxes:
    """`commit` changes an inbox, without a hint. A user exists from the first mention."""

    def __init__(self) -> None:
        self.floors: dict[int, int] = defaultdict(int)
        self.down: set[str] = set()
        """Methods that raise `Unavailable`; `refused` counts how often they did."""
        self.refused = 0
        self.revoked: set[object] = set()
        self.switched_off = False
        self.rows_at_once = 10**9
        """The most changes in one read; those of the first inbox always fit."""
        self.reads: list[list[tuple[int, int]]] = []
        self.listed: list[bool] = []
        """Of each of `reads`, whether it was asked for the number of listed notifications."""
        self.moved_calls = self.heads_calls = 0
        self.during_read: Callable[[], None] = lambda: None
        """Called after the read of the rows and before the return, where a driver would yield."""
        self._changes: dict[int, list[Change]] = defaultdict(list)
        self._gone: set[int] = set()
        self._sessions: dict[int, Session] = {}
        self._own: dict[int, list[int]] = defaultdict(list)
        self._moved = True
        self._read: dict[int, tuple[int, int]] | None = None
        self._read_gone: set[int] = set()
        self.changed_users: list[int] = []
        """The users that `changed` has named."""

    def commit(self, user_id: int, times: int = 1) -> None:
        for _ in range(times):
            seq = self.seq(user_id) + 1
            self._changes[user_id].append(Change(seq, seq, "unread", seq))
        self._moved = True

    def remove(self, user_id: int) -> None:
        self._gone.add(user_id)
        self._moved = True

    def seq(self, user_id: int) -> int:
        return len(self._changes[user_id])

    def moved(self) -> bool:
        self.moved_calls += 1
        self._check("moved")
        moved, self._moved = self._moved, False
        return moved

    def serving(self) -> bool:
        self._check("serving")
        return not self.switched_off

    def switch(self, on: bool) -> None:
        self.switched_off, self._moved = not on, True

    def revoke(self, grant: object) -> None:
        self.revoked.add(grant)
        self._moved = True

    def good(self, grants: Collection[object]) -> Collection[object]:
        self._check("good")
        return [grant for grant in grants if grant not in self.revoked]

    def changed(self, most: int) -> list[tuple[int, int, int]] | None:
        """As a database answers: None at the first call, after a removal, and where more than `most` changed."""
        self._check("changed")
        now = {user_id: (self.seq(user_id), len(self.revoked)) for user_id in self._changes}
        before, self._read, gone, self._read_gone = self._read, now, self._read_gone, set(self._gone)
        changed = [(user_id, *state) for user_id, state in now.items() if before is not None and before.get(user_id) != state]
        self.changed_users += [user_id for user_id, _, _ in changed]
        return changed if before is not None and gone == self._gone and len(changed) <= most else None

    def heads(self, user_ids: Sequence[int]) -> list[tuple[int, int, int]]:
        self._check("heads")
        self.heads_calls += 1
        return [(user_id, self.seq(user_id), len(self.revoked)) for user_id in user_ids if user_id not in self._gone]

    def settings(self, user_id: int) -> object:
        return f"of {user_id}"

    def age(self, changed_at: object) -> float:
        return 0.0

    def read(self, wants: Sequence[tuple[int, int]], limit: int, *, listed: bool) -> Snapshot:
        self._check("read")
        self.reads.append(list(wants))
        self.listed.append(listed)
        pages, rows = {}, 0
        for user_id, after in wants:
            if user_id in self._gone:
                continue
            behind = [change for change in self._changes[user_id] if change.seq > after]
            page = Page(self.seq(user_id), self.seq(user_id), self.floors[user_id], len(self.revoked), behind=min(len(behind), limit + 1))
            if rows and rows + len(behind) > self.rows_at_once:
                page.changes = None
            elif len(behind) <= limit:
                page.changes = behind
                rows += len(behind)
            page.sessions = [session for session in self._own[user_id] if not self._sessions[session].ended]
            pages[user_id] = page
        self.during_read()
        return Snapshot(EPOCH, pages, {})

    def move(self, session_id: int, *, ended: bool = False) -> None:
        """Update a session, which exists from its first update."""
        version = self._sessions[session_id].version + 1 if session_id in self._sessions else 1
        self._sessions[session_id] = Session(version, ended, EPOCH, f"{session_id} at {version}")
        self._moved = True

    def own(self, user_id: int, session_id: int) -> None:
        self._own[user_id].append(session_id)
        self._moved = True

    def sessions(self, ids: Sequence[int]) -> dict[int, Session]:
        self._check("sessions")
        return {session_id: self._sessions[session_id] for session_id in ids if session_id in self._sessions}

    def _check(self, call: str) -> None:
        if call in self.down:
            self.refused += 1
            raise Unavailable("the database is down")
