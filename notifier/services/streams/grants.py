"""Check grants against the database, so that revocation takes effect on open streams too.

A `Grant` is the right by which a stream was opened. The feed checks it again whenever `access_seq` of its user has changed.
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
    """The right by which a stream stays open.

    `sign_in`: its id; `key`: its prefix, which changes when it is rotated. Both None for tokens signed on the server's machine.
    `session`: the id of the session that the stream watches, None for a stream of an inbox. `others`: it is the inbox of another user.
    """

    user_id: int
    token_version: int
    sign_in: int | None = None
    key: str | None = None
    session: int | None = None
    others: bool = False


def good(connection: Connection, grants: Iterable[Grant]) -> set[Grant]:
    """The grants that are still valid.

    They end by sign-out, password change, disabling, revocation of a key, and loss of the right to watch a session or another user.
    """
    asked = set(grants)
    users = {grant.user_id for grant in asked}
    known = select(User.id, User.token_version, User.role).where(User.id.in_(users), User.disabled_at.is_(None))
    rows = connection.execute(known).all()
    versions = {row.id: row.token_version for row in rows}
    all_inboxes = {row.id for row in rows if row.role in permissions.READS_ALL_INBOXES}
    sign_ins = _not_revoked(connection, SignIn.id, {grant.sign_in for grant in asked})
    keys = _not_revoked(connection, ApiKey.prefix, {grant.key for grant in asked})
    watched = {(grant.session, grant.user_id) for grant in asked if grant.session is not None}
    watchable = permissions.still_may_watch(connection, watched) if watched else set()
    return {
        grant
        for grant in asked
        if grant.user_id in versions
        and (grant.key in keys if grant.key is not None else grant.token_version == versions[grant.user_id])
        and (grant.sign_in is None or grant.sign_in in sign_ins)
        and (not grant.others or grant.user_id in all_inboxes)
        and (grant.session is None or (grant.session, grant.user_id) in watchable)
    }


def _not_revoked(connection: Connection, column: InstrumentedAttribute[Named], names: set[Named | None]) -> set[Named]:
    wanted = [name for name in names if name is not None]
    found = select(column).where(column.in_(wanted), column.class_.revoked_at.is_(None))
    return set(connection.scalars(found)) if wanted else set()
