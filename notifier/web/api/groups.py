"""The JSON API of groups, for admins and for programs with a key of the scope `people`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import NotFound
from notifier.services.accounts import directory, groups, profiles, users
from notifier.services.accounts.users import Account
from notifier.services.validation import Line, StrictModel, name_key
from notifier.web.auth import permissions
from notifier.web.http import pagination
from notifier.web.http.json_answers import json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import Body, Query
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import NEXT_PAGE, GroupName, UserTerm
from notifier.web.openapi.security import Who
from notifier.web.presenters.account import Nothing
from notifier.web.presenters.profile import GroupShown, Member

blueprint = Blueprint("groups_api", __name__, url_prefix="/api/groups")
_NAME_OF_ID = "id:"


class GroupPage(BaseModel):
    """Selects a page of the list."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    """Part of a name."""
    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    """The number of groups on a page."""
    after: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Where the page begins; taken from the `Link` of the page before."""


class NewGroup(StrictModel):
    name: Line
    managed: bool = False
    """Your application's tokens say who is in it."""


class GroupChange(StrictModel):
    name: Line | None = None
    managed: bool | None = None
    """Your application's tokens say who is in it."""


class Membership(StrictModel):
    manager: bool = False
    """May watch the sessions of the group's members."""


@blueprint.get("")
@operation(who=Who.PEOPLE, answers={200: Answer("A page of the list.", list[GroupShown], headers={"Link": NEXT_PAGE})})
def list_groups(query: Query[GroupPage]) -> Response:
    """List groups, by name."""
    permissions.people_manager()
    page = query.parsed()
    found = directory.groups(page.q or "", limit=page.limit, after=name_key(page.after or ""))
    response = json_answer([GroupShown.values(row) for row in found.rows])
    pagination.link(response, page, found.after, "after")
    return response


@blueprint.post("")
@operation(who=Who.PEOPLE, answers={201: Answer("The group.", GroupShown)})
def create_group(body: Body[NewGroup]) -> Response:
    """Create a group."""
    permissions.people_manager()
    given = body.parsed()
    groups.create(given.name, managed=given.managed)
    return json_answer(GroupShown.values(directory.group(given.name)), 201)


@blueprint.patch("/<name>")
@operation(who=Who.PEOPLE, answers={200: Answer("The group, changed.", GroupShown)})
def change_group(name: GroupName, body: Body[GroupChange]) -> Response:
    """Rename a group, or change whether your application manages it."""
    permissions.people_manager()
    given = body.parsed()
    groups.change(name, new_name=given.name, managed=given.managed)
    return json_answer(GroupShown.values(directory.group(given.name or name)))


@blueprint.delete("/<name>")
@operation(who=Who.PEOPLE, answers={200: Answer("Deleted.", Nothing)})
def delete_group(name: GroupName) -> Response:
    """Delete a group, but not its members."""
    permissions.people_manager()
    groups.dissolve(name)
    return json_answer(Nothing())


@blueprint.put("/<name>/members/<path:user>", merge_slashes=False)
@operation(who=Who.PEOPLE, answers={200: Answer("The user is in the group.", Member)})
def put_member(name: GroupName, user: UserTerm, body: Body[Membership]) -> Response:
    """Add a user to a group, or change whether they manage it.

    The body may be left out.
    """
    permissions.people_manager()
    given = body.parsed() if request.get_data() else Membership()
    account = _user(user)
    groups.add(name, account.name, manager=given.manager)
    return json_answer(_member(name, account, given.manager))


@blueprint.delete("/<name>/members/<path:user>", merge_slashes=False)
@operation(who=Who.PEOPLE, answers={200: Answer("The user is not in the group any more.", Nothing)})
def remove_member(name: GroupName, user: UserTerm) -> Response:
    """Remove a user from a group."""
    permissions.people_manager()
    groups.remove(name, _user(user).name)
    return json_answer(Nothing())


def _user(term: str) -> Account:
    """The user of an id, of `id:SUBJECT`, or of a name. Raises `NotFound`."""
    if term.startswith(_NAME_OF_ID):
        user_id = profiles.by_subject(term.removeprefix(_NAME_OF_ID))
        account = None if user_id is None else users.by_id(user_id)
    else:
        account = users.by_public_id(term) if _is_uuid(term) else users.by_name(term)
    if account is None:
        raise NotFound("There is no such user.")
    return account


def _is_uuid(term: str) -> bool:
    try:
        return str(UUID(term)) == term
    except ValueError:
        return False


def _member(name: str, account: Account, manager: bool) -> dict[str, Any]:
    return {"group": directory.group(name).name, "user": account.name, "manager": manager}
