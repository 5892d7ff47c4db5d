"""Groups: their members, and who of them manages."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, NotFound, invalid
from notifier.services import validation
from notifier.services.accounts import directory
from notifier.services.accounts import groups as service
from notifier.web.admin.layout import ROWS, an_admin, blueprint, desk, question, text_of
from notifier.web.pages.layout import Visitor, to


@blueprint.get("/groups")
def groups() -> str:
    return _groups(an_admin())


@blueprint.post("/groups")
def create_group() -> str | Response:
    looking = an_admin()
    try:
        service.create(text_of("name"))
    except Invalid as refusal:
        return make_response(_groups(looking, refusal), refusal.status)
    return to(url_for(".one_group", name=text_of("name"), done="created"))


@blueprint.get("/groups/<name>")
def one_group(name: str) -> str:
    return _group(an_admin(), name)


@blueprint.post("/groups/<name>/members")
def add_member(name: str) -> str | Response:
    """Adds somebody, or changes whether they manage."""
    looking, group = an_admin(), _found(name)
    try:
        service.add(group.name, text_of("username"), manager="manager" in request.form)
    except NotFound as refusal:
        refused = invalid("username", refusal.detail)
        return make_response(_group(looking, name, refused), refused.status)
    return to(url_for(".one_group", name=group.name, done="saved"))


@blueprint.post("/groups/<name>/remove")
def remove_member(name: str) -> str | Response:
    looking, group, member = an_admin(), _found(name), text_of("username")
    text = "They no longer get what is sent to the group. What they have got stays."
    if asked := question(looking, f"Remove {member} from {group.name}?", text, "Remove", back=url_for(".one_group", name=group.name)):
        return asked
    service.remove(group.name, member)
    return to(url_for(".one_group", name=group.name, done="removed"))


@blueprint.post("/groups/<name>/dissolve")
def dissolve_group(name: str) -> str | Response:
    looking, group = an_admin(), _found(name)
    text = "Its members stay users, and keep what was sent to them. Nothing can be sent to the group any more."
    if asked := question(looking, f"Dissolve {group.name}?", text, "Dissolve", back=url_for(".one_group", name=group.name)):
        return asked
    service.dissolve(group.name)
    return to(url_for(".groups", done="dissolved"))


def _found(name: str) -> Any:
    """Raises `NotFound`, also for what cannot be a name."""
    try:
        return directory.group(validation.name(name))
    except ValueError:
        raise NotFound("There is no such group.") from None


def _groups(looking: Visitor, refusal: Invalid | None = None) -> str:
    query = text_of("q")
    listed = directory.groups(query, limit=ROWS, after=text_of("after"))
    return desk("groups.html", looking, refusal, listed=listed, q=query, name=request.form.get("name", ""))


def _group(looking: Visitor, name: str, refusal: Invalid | None = None) -> str:
    group = _found(name)
    listed = directory.members(group.id, limit=ROWS, after=text_of("after"))
    return desk("group.html", looking, refusal, group=group, listed=listed, username=request.form.get("username", ""))
