"""Server processes, their streams, and their counts for statistics."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import Key, UtcDateTime, id_column

_OPEN = text("closed_at IS NULL")
_ENDING = text("closed_at IS NULL AND ending")


class Process(Model):
    """A server process. `seen_at`: its last sign of life.

    `ended_at`: when it exited, or, of one that was killed, the last sign of life before other processes took it for dead.
    """

    __tablename__ = "processes"

    id: Mapped[id_column]
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StreamVisit(Model):
    """One stream of a user, from its start to its end.

    `number`: unique in its process; `key`: its topic.
    It carried the changes after `from_seq` up to `to_seq`, an open one up to the head of the inbox. `from_seq` is -1 where the client's
    cursor was not usable, `to_seq` null where the process was killed. `backlog`: bytes that the client has not taken yet. `ending`: an
    admin has ended it. There is no foreign key to the user: a user who was just deleted must not fail the write of all other streams.
    """

    __tablename__ = "stream_visits"
    __table_args__ = (
        UniqueConstraint("process_id", "number"),
        Index(None, "user_id", "from_seq"),
        Index(None, "opened_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "process_id", sqlite_where=_ENDING, postgresql_where=_ENDING),
    )

    id: Mapped[id_column]
    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int] = mapped_column(Key)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(20), default="")
    from_seq: Mapped[int] = mapped_column(BigInteger)
    to_seq: Mapped[int | None] = mapped_column(BigInteger)
    backlog: Mapped[int] = mapped_column(default=0)
    ending: Mapped[bool] = mapped_column(default=False)


class Figure(Model):
    """The counts of a process in the ten minutes from `at` on.

    `messages`: accepted; `written`: notifications written to streams; `streams`: the maximum open at once; `errors`: failed requests.
    `delivery`: the number of writes by upper bound of seconds, as in the histogram.
    """

    __tablename__ = "figures"

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    messages: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    streams: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    delivery: Mapped[dict[str, int]] = mapped_column(JSON)
