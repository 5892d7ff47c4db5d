"""The JSON API of users, for admins and for programs with a key of the scope `people`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from flask import Blueprint, Response, url_for
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import Forbidden, NotFound
from notifier.models.user import Role
from notifier.services.accounts import deletion, importing, profiles, users
from notifier.services.accounts.importing import Line as ImportLine
from notifier.services.accounts.person_fields import NewPerson, PersonFields, UserChange
from notifier.services.accounts.users import Account
from notifier.services.validation import Line, name_key
from notifier.web.auth import permissions
from notifier.web.auth.callers import Caller
from notifier.web.http import pagination
from notifier.web.http.json_answers import json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import Body, Lines, Query, checked
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import NEXT_PAGE, HostSubject, UserUuid
from notifier.web.openapi.security import Who
from notifier.web.presenters.account import Nothing
from notifier.web.presenters.profile import ImportResult, Profile, import_result, profile_values

blueprint = Blueprint("users_api", __name__, url_prefix="/api/users")
_MAX_LINES = 1000


class UserPage(BaseModel):
    """Selects a page of the list."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    """Part of a name or an address, or a whole subject."""
    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    """The number of users on a page."""
    after: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Where the page begins; taken from the `Link` of the page before."""


@blueprint.get("")
@operation(who=Who.PEOPLE, answers={200: Answer("A page of the list.", list[Profile], headers={"Link": NEXT_PAGE})})
def list_users(query: Query[UserPage]) -> Response:
    """List users.

    By name, in pages that stay stable while others are added.
    """
    permissions.people_manager()
    page = query.parsed()
    found = profiles.listing(page.q or "", limit=page.limit, after=name_key(page.after or ""))
    response = json_answer(profile_values(found))
    pagination.link(response, page, found.after, "after")
    return response


@blueprint.post("")
@operation(who=Who.PEOPLE, answers={201: Answer("The user.", Profile, headers={"Location": "Its address."})})
def create_user(body: Body[NewPerson]) -> Response:
    """Create a user.

    They have no password: your application vouches for them, by its tokens. A subject or name that is taken is refused.
    """
    manager = permissions.people_manager()
    person = body.parsed()
    named = person.subject is None
    made = importing.put(person.identified(), named=named, new=True, spare_admins=_spares_admins(manager))
    return _one(made.user_id, 201)


@blueprint.put("/by-subject/<path:subject>", merge_slashes=False)  # `/42` is not 42
@operation(
    who=Who.PEOPLE,
    answers={
        200: Answer("The user, changed.", Profile),
        201: Answer("The user, created.", Profile, headers={"Location": "Its address."}),
    },
)
def put_user(subject: HostSubject, body: Body[PersonFields]) -> Response:
    """Create or change the user of a subject.

    What is left out stays as it is.
    """
    manager = permissions.people_manager()
    fields = body.parsed()
    person = checked(NewPerson, fields.model_dump(exclude_unset=True) | {"subject": subject}).identified()
    made = importing.put(person, spare_admins=_spares_admins(manager))
    return _one(made.user_id, 201 if made.created else 200)


@blueprint.get("/<uuid:public_id>")
@operation(who=Who.PEOPLE, answers={200: Answer("The user.", Profile)})
def show_user(public_id: UserUuid) -> Response:
    """Show one user."""
    permissions.people_manager()
    return _one(_existing(public_id).id)


@blueprint.patch("/<uuid:public_id>")
@operation(who=Who.PEOPLE, answers={200: Answer("The user, changed.", Profile)})
def change_user(public_id: UserUuid, body: Body[UserChange]) -> Response:
    """Change a user.

    A key cannot change admins, nor roles. Admins cannot disable or demote themselves.
    """
    manager = permissions.people_manager()
    change = body.parsed()
    account = _changeable(manager, public_id)
    own = manager.account is not None and manager.account.id == account.id
    if change.role is not None and manager.key is not None:
        raise Forbidden("A key cannot change roles: ask an admin.")
    if own and (change.role is not None or change.disabled is not None):
        raise Forbidden("This is your own account: ask another admin.")
    profiles.change(account, change.columns(), role=change.role, disabled=change.disabled)
    return _one(account.id)


@blueprint.delete("/<uuid:public_id>")
@operation(who=Who.PEOPLE, answers={200: Answer("Deleted.", Nothing)})
def delete_user(public_id: UserUuid) -> Response:
    """Delete a user.

    With their inbox, sign-ins, keys and sessions; their streams end and their name is free. What they sent stays, under "deleted user".
    """
    manager = permissions.people_manager()
    account = _changeable(manager, public_id)
    if manager.account is not None and manager.account.id == account.id:
        raise Forbidden("This is your own account: ask another admin.")
    deletion.delete_user(account)
    return json_answer(Nothing())


@blueprint.post("/import")
@operation(who=Who.PEOPLE, answers={200: Answer("How many users there were, and which lines failed.", ImportResult)})
def import_users(body: Lines[NewPerson]) -> Response:
    """Import users.

    One JSON object a line, up to 1,000 lines and 1 MiB. A subject, or without one a name, that is known is changed, others are created.
    A wrong line is named in the answer, and keeps no other from being imported.
    """
    manager = permissions.people_manager()
    read = body.parsed(most=_MAX_LINES)
    lines = [
        ImportLine(number, detail=found) if isinstance(found, str) else ImportLine(number, found.identified(), named=found.subject is None)
        for number, found in read
    ]
    return json_answer(import_result(importing.import_people(lines, spare_admins=_spares_admins(manager))))


def _spares_admins(manager: Caller) -> bool:
    return manager.key is not None


def _changeable(manager: Caller, public_id: UUID) -> Account:
    """The user, if `manager` may change them. Raises `NotFound` and `Forbidden`."""
    account = _existing(public_id)
    if account.role == Role.ADMIN and _spares_admins(manager):
        raise Forbidden("A key may not change admins.")
    return account


def _existing(public_id: UUID) -> Account:
    account = users.by_public_id(str(public_id))
    if account is None:
        raise NotFound("There is no such user.")
    return account


def _one(user_id: int, status: int = 200) -> Response:
    (values,) = profile_values(profiles.of_account(user_id))
    response = json_answer(values, status)
    if status == 201:
        response.headers["Location"] = url_for("users_api.show_user", public_id=values["id"])
    return response
