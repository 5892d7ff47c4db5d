"""Users: list, create, change roles, disable and enable, reset passwords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.errors import Forbidden, Invalid, NotFound
from notifier.models.user import Role
from notifier.services import configured_channels
from notifier.services.accounts import addresses, deletion, directory, look_alikes, password_changes, passwords
from notifier.services.accounts import users as service
from notifier.services.accounts.users import Account
from notifier.services.outbox.targets import EMAIL
from notifier.services.streams import connections
from notifier.web.admin.layout import (
    PAGE_SIZE,
    blueprint,
    claim_form_key,
    confirmation,
    current_admin,
    render_admin_page,
    text_field,
)
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor

_HAND_OVER = "Pass it on over a channel you trust. The user can change it under Settings."


@blueprint.get("/users")
def users() -> str:
    return render_list(current_admin())


@blueprint.post("/users")
def create_user() -> str | Response:
    visitor = current_admin()
    password = passwords.generated()
    try:
        claim_form_key(visitor)
        account = service.create_user(text_field("username"), password, text_field("role") or Role.USER)
    except Invalid as refusal:
        return make_response(render_list(visitor, refusal), refusal.status)
    return _render_password(visitor, f"The user {account.name} was created", password, account, look_alikes.of(account.name))


@blueprint.get("/users/<uuid:public_id>")
def user(public_id: UUID) -> str:
    return _render_user(current_admin(), _existing(public_id))


@blueprint.post("/users/<uuid:public_id>/role")
def change_role(public_id: UUID) -> str | Response:
    visitor, account = current_admin(), _existing(public_id)
    _refuse_own(visitor, account)
    try:
        service.set_role(account, text_field("role"))
    except Invalid as refusal:
        return make_response(_render_user(visitor, account, refusal), refusal.status)
    return _redirect_to_user(account, "role")


@blueprint.post("/users/<uuid:public_id>/email")
def change_email(public_id: UUID) -> str | Response:
    """Set an address that needs no confirmation; an empty one removes it."""
    visitor, account = current_admin(), _existing(public_id)
    try:
        addresses.set_confirmed(account.id, account.name, request.form.get("email", "").strip())
    except Invalid as refusal:
        return make_response(_render_user(visitor, account, refusal), refusal.status)
    return _redirect_to_user(account, "email")


@blueprint.post("/users/<uuid:public_id>/disable")
def disable_user(public_id: UUID) -> str | Response:
    visitor, account = current_admin(), _existing(public_id)
    _refuse_own(visitor, account)
    text = "All sign-ins, keys and streams of this user end at once. Notifications stay, and new ones are still stored."
    if page := confirmation(visitor, f"Disable {account.name}?", text, "Disable", back=_address(account)):
        return page
    service.set_disabled(account.name, True)
    return _redirect_to_user(account, "disabled")


@blueprint.post("/users/<uuid:public_id>/enable")
def enable_user(public_id: UUID) -> Response:
    current_admin()
    account = _existing(public_id)
    service.set_disabled(account.name, False)
    return _redirect_to_user(account, "enabled")


@blueprint.post("/users/<uuid:public_id>/delete")
def delete_user(public_id: UUID) -> str | Response:
    visitor, account = current_admin(), _existing(public_id)
    _refuse_own(visitor, account)
    text = "The user's notifications, sign-ins, keys and sessions are deleted, and the name is free. Messages that the user sent stay."
    if page := confirmation(visitor, f"Delete {account.name}?", text, "Delete", back=_address(account)):
        return page
    deletion.delete_user(account)
    return redirect_to(url_for(".users", done="deleted"))


@blueprint.post("/users/<uuid:public_id>/password")
def reset_password(public_id: UUID) -> str | Response:
    visitor, account = current_admin(), _existing(public_id)
    _refuse_own(visitor, account)
    text = "The user gets a new password, which is shown once. The old password and all sign-ins end at once."
    if page := confirmation(visitor, f"Reset the password of {account.name}?", text, "Reset password", back=_address(account)):
        return page
    claim_form_key(visitor)
    return _render_password(visitor, f"{account.name} has a new password", password_changes.reset_password(account), account)


def render_list(visitor: Visitor, refusal: Invalid | None = None) -> str:
    """The page of users, with the errors of a form on it."""
    query, role = text_field("q"), text_field("role") if request.method == "GET" else ""
    listed = directory.people(query, role, limit=PAGE_SIZE, after=text_field("after"))
    username = request.form.get("username", "")
    return render_admin_page("users.html", visitor, refusal, listed=listed, q=query, role=role, roles=list(Role), username=username)


def _render_user(visitor: Visitor, account: Account, refusal: Invalid | None = None) -> str:
    streams = connections.count_of(account.id)
    groups = directory.groups_of(account.id)
    email = {"email_on": EMAIL in configured_channels.by_name(), "address": addresses.get(account.id)}
    return render_admin_page("user.html", visitor, refusal, account=account, roles=list(Role), streams=streams, groups=groups, **email)


def _render_password(visitor: Visitor, title: str, password: str, account: Account, alike: Sequence[str] = ()) -> str:
    shown: dict[str, Any] = {"label": f"Password of {account.name}", "secret": password, "next": _address(account), "alike": alike}
    return render_admin_page("secret.html", visitor, title=title, text=_HAND_OVER, **shown)


def _existing(public_id: UUID) -> Account:
    account = service.by_public_id(str(public_id))
    if account is None:
        raise NotFound("There is no such user.")
    return account


def _refuse_own(visitor: Visitor, account: Account) -> None:
    """Admins cannot demote or disable themselves, so one admin always remains."""
    if account.id == visitor.account.id:
        raise Forbidden("This is your own account: ask another admin. Your password is changed under Settings.")


def _address(account: Account) -> str:
    return url_for(".user", public_id=account.public_id)


def _redirect_to_user(account: Account, done: str) -> Response:
    return redirect_to(url_for(".user", public_id=account.public_id, done=done))
