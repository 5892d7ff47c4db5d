"""Groups: create, delete, add and remove members, appoint managers."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, NotFound, invalid
from notifier.services import validation
from notifier.services.accounts import directory
from notifier.services.accounts import groups as service
from notifier.web.admin.layout import PAGE_SIZE, blueprint, confirmation, current_admin, render_admin_page, text_field
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor


@blueprint.get("/groups")
def groups() -> str:
    return _render_list(current_admin())


@blueprint.post("/groups")
def create_group() -> str | Response:
    visitor = current_admin()
    try:
        service.create(text_field("name"))
    except Invalid as refusal:
        return make_response(_render_list(visitor, refusal), refusal.status)
    return redirect_to(url_for(".group", name=text_field("name"), done="created"))


@blueprint.get("/groups/<name>")
def group(name: str) -> str:
    return _render_group(current_admin(), name)


@blueprint.post("/groups/<name>/members")
def add_member(name: str) -> str | Response:
    """Add a member, or change whether a member is a manager."""
    visitor, group = current_admin(), _existing(name)
    try:
        service.add(group.name, text_field("username"), manager="manager" in request.form)
    except NotFound as unknown:
        refusal = invalid("username", unknown.detail)
        return make_response(_render_group(visitor, name, refusal), refusal.status)
    return redirect_to(url_for(".group", name=group.name, done="saved"))


@blueprint.post("/groups/<name>/remove")
def remove_member(name: str) -> str | Response:
    visitor, group, member = current_admin(), _existing(name), text_field("username")
    text = "Messages to the group no longer reach this user. Notifications received so far stay."
    back = url_for(".group", name=group.name)
    if page := confirmation(visitor, f"Remove {member} from {group.name}?", text, "Remove", back=back):
        return page
    service.remove(group.name, member)
    return redirect_to(url_for(".group", name=group.name, done="removed"))


@blueprint.post("/groups/<name>/delete")
def delete_group(name: str) -> str | Response:
    visitor, group = current_admin(), _existing(name)
    text = "Its members remain users and keep the notifications they received. Nothing can be sent to the group any more."
    if page := confirmation(visitor, f"Delete {group.name}?", text, "Delete", back=url_for(".group", name=group.name)):
        return page
    service.dissolve(group.name)
    return redirect_to(url_for(".groups", done="deleted"))


def _existing(name: str) -> Any:
    """The group. Raises `NotFound`, also for text that is no valid name."""
    try:
        return directory.group(validation.name(name))
    except ValueError:
        raise NotFound("There is no such group.") from None


def _render_list(visitor: Visitor, refusal: Invalid | None = None) -> str:
    query = text_field("q")
    listed = directory.groups(query, limit=PAGE_SIZE, after=text_field("after"))
    return render_admin_page("groups.html", visitor, refusal, listed=listed, q=query, name=request.form.get("name", ""))


def _render_group(visitor: Visitor, name: str, refusal: Invalid | None = None) -> str:
    group = _existing(name)
    listed = directory.members(group.id, limit=PAGE_SIZE, after=text_field("after"))
    username = request.form.get("username", "")
    return render_admin_page("group.html", visitor, refusal, group=group, listed=listed, username=username)
