"""Sign-ins: begin with a password, continue with rotating refresh tokens, end by signing out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import insert, select, update

from notifier import database
from notifier.errors import Unauthenticated
from notifier.models import SignIn, User
from notifier.models.columns import new_public_id
from notifier.services import audit
from notifier.services.accounts import passwords, tokens, users
from notifier.services.accounts.users import Account
from notifier.services.audit import Actor
from notifier.services.hints import publish_hints
from notifier.services.push import devices
from notifier.services.rate_limits import rates
from notifier.services.validation import name_key

ROTATION_GRACE = timedelta(seconds=30)
"""How long the previous refresh token stays valid: the tabs of a browser refresh at the same moment."""
_RATE = "LOGIN_RATE"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a sign-in, and its user. `csrf`: the CSRF token, which is in both."""

    account: Account
    access: str
    refresh: str
    csrf: str


def begin(name: str, password: str, address: str) -> Tokens | None:
    """Sign in with name and password.

    None when either is wrong, without a difference between the two. Raises `TooMany`.
    Failures count against the address and against the account. An account under attack stays open to addresses that have not failed
    on it themselves, so that an attacker cannot lock its owner out. Only a wrong password counts, so a whole office may sign in at the
    same moment; since the limits are checked in the turn at which the password is, guesses made at the same moment pass them by
    `passwords.THREADS` at most.
    """
    audit.acting(Actor("", name, address))
    _check_rates(name_key(name), address)  # before the wait too: refusing needs no turn
    with passwords.turn():
        _check_rates(name_key(name), address)
        found = users.authenticate(name, password)
        if found is None:
            _note_failure(name_key(name), address)
    if found is None:
        audit.note_alone("sign_in.failed", name)
        return None
    audit.acting(Actor(found.sender, found.name, address))
    return start(found)


def _check_rates(account: str, address: str) -> None:
    counter = rates()
    counter.check(_RATE, "address", address)
    if counter.used(_RATE, "account", account, address):
        counter.check(_RATE, "account", account)


def _note_failure(account: str, address: str) -> None:
    for who in (("address", address), ("account", account), ("account", account, address)):
        rates().note(_RATE, *who)


def start(account: Account) -> Tokens:
    """Begin a sign-in of a user who has been authenticated.

    Raises `Unauthenticated` if all sign-ins of the user were ended since `account` was read: this one would outlive a new password.
    """
    jti = new_public_id()
    with database.write() as transaction:
        current = select(User.token_version).where(User.id == account.id, User.disabled_at.is_(None)).with_for_update(key_share=True)
        if transaction.scalar(current) != account.token_version:
            raise _ended()
        now = database.clock(transaction)
        row = insert(SignIn).values(user_id=account.id, refresh_jti=jti, rotated_at=now, created_at=now, expires_at=now + _life())
        sign_in = transaction.scalar(row.returning(SignIn.id))
        audit.note(transaction, "sign_in", account.name)
    return _tokens(account, int(sign_in or 0), jti, tokens.new_csrf())


def refresh(sign_in: int, jti: str, csrf: str) -> Tokens:
    """Rotate the tokens of a sign-in. `jti`, `csrf`: of its refresh token.

    Within `ROTATION_GRACE` the previous refresh token returns the same tokens again.
    An older refresh token was stolen, or the thief has used it first: the sign-in ends. Raises `Unauthenticated`.
    """
    stolen = False
    with database.write() as transaction:
        now = database.clock(transaction)
        locked = select(SignIn).where(SignIn.id == sign_in, SignIn.revoked_at.is_(None), SignIn.expires_at > now).with_for_update()
        row = transaction.execute(locked).one_or_none()
        if row is None:
            raise _ended()
        next_jti = row.refresh_jti
        if jti == row.refresh_jti:
            next_jti = new_public_id()
            rotated = {"refresh_jti": next_jti, "previous_jti": jti, "rotated_at": now, "expires_at": now + _life()}
            transaction.execute(update(SignIn).where(SignIn.id == sign_in).values(**rotated))
        elif jti != row.previous_jti or now > row.rotated_at + ROTATION_GRACE:
            stolen = True
    account = None if stolen else users.by_id(row.user_id)
    if stolen:
        end(row.user_id, sign_in, action="sign_in.stolen")
    if account is None or account.disabled:
        raise _ended()
    return _tokens(account, sign_in, next_jti, csrf)


def end(user_id: int, sign_in: int, *, action: str = "sign_out") -> None:
    """Sign out: revoke the tokens of a sign-in and close its streams."""
    with database.write() as transaction:
        # Users before their sign-ins, as a new password does: the other way round the two would deadlock.
        transaction.execute(update(User).where(User.id == user_id).values(access_seq=User.access_seq + 1))
        revoked = update(SignIn).where(SignIn.id == sign_in, SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
        transaction.execute(revoked.values(revoked_at=database.clock(transaction)))
        devices.end(transaction, user_id=user_id, sign_in=sign_in)
        audit.note(transaction, action, transaction.scalar(select(User.name).where(User.id == user_id)) or "")
    publish_hints([user_id])


def _tokens(account: Account, sign_in: int, jti: str, csrf: str) -> Tokens:
    access = tokens.access_token(account, sign_in=sign_in, csrf=csrf)
    return Tokens(account, access, tokens.refresh_token(account, sign_in=sign_in, jti=jti, csrf=csrf), csrf)


def _life() -> timedelta:
    return timedelta(days=current_app.config["REFRESH_DAYS"])


def _ended() -> Unauthenticated:
    return Unauthenticated("This sign-in has ended. Sign in again.", code="token_revoked")
