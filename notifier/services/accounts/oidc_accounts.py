"""The user of a provider's claims: created at the first sign-in, found at the next."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import exists, insert, select
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import Unauthenticated
from notifier.models import Identity, User
from notifier.models.user import Role
from notifier.services import audit
from notifier.services.accounts import addresses, oidc_claims, provisioning, users
from notifier.services.accounts.person import Person
from notifier.services.accounts.users import Account
from notifier.services.validation import name_key


def account_of(claims: dict[str, Any]) -> Account:
    """The account of verified claims. Raises `Unauthenticated` for a subject that no user can have."""
    issuer = current_app.config["OIDC_ISSUER"]
    try:
        person = oidc_claims.person_of(claims)
    except ValueError as error:
        raise Unauthenticated(f"The sign-in was refused: the provider's {error}.", code="token_invalid") from None
    if current_app.config["OIDC_LINK_BY_NAME"]:
        _link(issuer, person, str(claims.get("preferred_username", "")))
    account = provisioning.known(issuer, person)
    if person.email:
        addresses.confirm(account.id, person.email)  # one that an earlier sign-in has left to confirm
    return _with_role(account, claims)


def _with_role(account: Account, claims: dict[str, Any]) -> Account:
    """With `OIDC_ADMIN_GROUP` the provider decides at each sign-in who is an admin."""
    group = current_app.config["OIDC_ADMIN_GROUP"]
    admin = group in oidc_claims.groups_of(claims)
    if not group or admin == (account.role == Role.ADMIN):
        return account
    users.set_role(account, Role.ADMIN if admin else Role.USER)
    return users.by_id(account.id) or account


def _link(issuer: str, person: Person, name: str) -> None:
    """Make the local user of this name the person's, unless either has another half already.

    Only where the operator trusts the provider's names (`OIDC_LINK_BY_NAME`): where users choose them, it is how to take over another.
    """
    linked = exists().where(Identity.user_id == User.id)
    local = select(User.id).where(User.name_key == name_key(name), ~linked)
    known = select(Identity.id).where(Identity.issuer == issuer, Identity.subject == person.subject)
    with database.read() as connection:
        if not name or connection.scalar(known) is not None or connection.scalar(local) is None:
            return
    try:
        with database.write() as transaction:
            user_id = transaction.scalar(local)
            if user_id is not None and transaction.scalar(known) is None:
                transaction.execute(insert(Identity).values(issuer=issuer, subject=person.subject, user_id=user_id))
                audit.note(transaction, "user.linked", name, f"{issuer}: {person.subject}")
    except IntegrityError:  # another request has just linked or created the person
        return
