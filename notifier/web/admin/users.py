"""People: who there is, what they may do, and whether they may come in."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.errors import Forbidden, Invalid, NotFound
from notifier.models.user import Role
from notifier.services.accounts import directory, users
from notifier.services.accounts.users import Account
from notifier.services.streams import connections
from notifier.web.admin.layout import ROWS, an_admin, blueprint, desk, question, text_of, use_up
from notifier.web.pages.layout import Visitor, to

_HAND_OVER = "Hand it over by a way you trust. It can be changed under Settings."


@blueprint.get("/users")
def list_users() -> str:
    return _users(an_admin())


@blueprint.post("/users")
def create_user() -> str | Response:
    looking = an_admin()
    password = users.generated_password()
    try:
        use_up(looking)
        account = users.create_user(text_of("username"), password, text_of("role") or Role.USER)
    except Invalid as refusal:
        return make_response(_users(looking, refusal), refusal.status)
    return _secret(looking, f"{account.name} is a user now", password, account)


@blueprint.get("/users/<uuid:public_id>")
def one_user(public_id: UUID) -> str:
    return _user(an_admin(), _account(public_id))


@blueprint.post("/users/<uuid:public_id>/role")
def change_role(public_id: UUID) -> str | Response:
    looking, account = an_admin(), _account(public_id)
    _not_oneself(looking, account)
    try:
        users.set_role(account, text_of("role"))
    except Invalid as refusal:
        return make_response(_user(looking, account, refusal), refusal.status)
    return _done(account, "role")


@blueprint.post("/users/<uuid:public_id>/disable")
def disable_user(public_id: UUID) -> str | Response:
    looking, account = an_admin(), _account(public_id)
    _not_oneself(looking, account)
    text = "All their sign-ins, keys and streams end at once. Their notifications stay, and more are kept for them."
    if asked := question(looking, f"Disable {account.name}?", text, "Disable", back=_page_of(account)):
        return asked
    users.set_disabled(account.name, True)
    return _done(account, "disabled")


@blueprint.post("/users/<uuid:public_id>/enable")
def enable_user(public_id: UUID) -> Response:
    an_admin()
    account = _account(public_id)
    users.set_disabled(account.name, False)
    return _done(account, "enabled")


@blueprint.post("/users/<uuid:public_id>/password")
def reset_password(public_id: UUID) -> str | Response:
    looking, account = an_admin(), _account(public_id)
    _not_oneself(looking, account)
    text = "They get a new password, which you see once. The old one and all their sign-ins end at once."
    if asked := question(looking, f"Reset the password of {account.name}?", text, "Reset password", back=_page_of(account)):
        return asked
    use_up(looking)
    return _secret(looking, f"{account.name} has a new password", users.reset_password(account), account)


def _users(looking: Visitor, refusal: Invalid | None = None) -> str:
    query, role = text_of("q"), text_of("role") if request.method == "GET" else ""
    listed = directory.people(query, role, limit=ROWS, after=text_of("after"))
    return desk(
        "users.html", looking, refusal, listed=listed, q=query, role=role, roles=list(Role), username=request.form.get("username", "")
    )


def _user(looking: Visitor, account: Account, refusal: Invalid | None = None) -> str:
    streams = connections.count_of(account.id)
    groups = directory.groups_of(account.id)
    return desk("user.html", looking, refusal, account=account, roles=list(Role), streams=streams, groups=groups)


def _secret(looking: Visitor, title: str, password: str, account: Account) -> str:
    label = f"Password of {account.name}"
    return desk("secret.html", looking, title=title, label=label, secret=password, text=_HAND_OVER, there=_page_of(account))


def _account(public_id: UUID) -> Account:
    account = users.by_public_id(str(public_id))
    if account is None:
        raise NotFound("There is no such user.")
    return account


def _not_oneself(looking: Visitor, account: Account) -> None:
    """So that one admin is always left."""
    if account.id == looking.account.id:
        raise Forbidden("Not to yourself: another admin can do that. Your own password is changed under Settings.")


def _page_of(account: Account) -> str:
    return url_for(".one_user", public_id=account.public_id)


def _done(account: Account, what: str) -> Response:
    return to(url_for(".one_user", public_id=account.public_id, done=what))
