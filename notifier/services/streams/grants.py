"""What a token or a key is good for, asked of the database each time: nothing that was revoked works for longer than its request.

A `Grant` is what an open stream remembers of the token it was opened with; the feed asks again when something about its user changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.orm import InstrumentedAttribute

from notifier.models import ApiKey, SignIn, User
from notifier.services import permissions

Named = TypeVar("Named", int, str)


class Grant(NamedTuple):
    """`sign_in`: its id; `key`: its prefix, which changes when it is rotated. None for tokens that come from neither.

    `session`: the one that the stream watches, None for a stream of the user's inbox.
    """

    user_id: int
    token_version: int
    sign_in: int | None = None
    key: str | None = None
    session: int | None = None


def good(connection: Connection, grants: Iterable[Grant]) -> set[Grant]:
    """Those that have not been revoked, by sign-out, password change, disabling, the end of a key, or of the right to watch a session."""
    asked = set(grants)
    users = {grant.user_id for grant in asked}
    known = select(User.id, User.token_version).where(User.id.in_(users), User.disabled_at.is_(None))
    versions = {row.id: row.token_version for row in connection.execute(known)}
    sign_ins = _alive(connection, SignIn.id, {grant.sign_in for grant in asked})
    keys = _alive(connection, ApiKey.prefix, {grant.key for grant in asked})
    watched = {(grant.session, grant.user_id) for grant in asked if grant.session is not None}
    watchable = permissions.still_may_watch(connection, watched) if watched else set()
    return {
        grant
        for grant in asked
        if grant.user_id in versions
        and (grant.key in keys if grant.key is not None else grant.token_version == versions[grant.user_id])
        and (grant.sign_in is None or grant.sign_in in sign_ins)
        and (grant.session is None or (grant.session, grant.user_id) in watchable)
    }


def _alive(connection: Connection, column: InstrumentedAttribute[Named], names: set[Named | None]) -> set[Named]:
    wanted = [name for name in names if name is not None]
    alive = select(column).where(column.in_(wanted), column.class_.revoked_at.is_(None))
    return set(connection.scalars(alive)) if wanted else set()
