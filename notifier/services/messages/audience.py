"""Audience: the terms that name recipients, and the users they mean.

A term is `user:NAME`, `group:NAME`, `role:NAME`, `id:SUBJECT` (the host application's id of a user), `all`, or `destination:NAME`, which
means no user.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator
from sqlalchemy import Connection, Select, bindparam, func, select, union

from notifier import database
from notifier.database.json_sql import in_text_parameter, json_array, numbers
from notifier.errors import FieldError, invalid, invalid_fields, shown
from notifier.models import Group, Identity, Inbox, Membership, User
from notifier.models.user import Role
from notifier.services.accounts import provisioning
from notifier.services.accounts.person import Person
from notifier.services.destinations import posting
from notifier.services.validation import NAMED, Line, StrictModel, name_key

_ROLES = tuple(Role)
_KINDS = ("user", "group", "role", "id", "destination")
_EXPECTED = "must be user:NAME, group:NAME, role:NAME, id:SUBJECT, destination:NAME or all"

# Built once: a send runs one of them.
_USERS_BY_NAME = database.Prepared(select(User.name_key, User.id).where(in_text_parameter(User.name_key, "names")))
_USER_BY_NAME = database.Prepared(select(User.name_key, User.id).where(User.name_key == bindparam("name")))
_GROUPS_BY_NAME = database.Prepared(select(Group.name_key, Group.id).where(in_text_parameter(Group.name_key, "names")))
_BY_ID = database.Prepared(select(User.id).where(User.public_id == bindparam("public_id")))
_BY_SUBJECT = database.Prepared(
    select(Identity.subject, Identity.user_id).where(Identity.issuer == bindparam("issuer"), in_text_parameter(Identity.subject, "names"))
)
USER, SUBJECT = "user:", "id:"
_NOUNS = {"id": "user with the id"}
_ALL = select(Inbox.user_id)

_TermOrTerms = Annotated[
    Annotated[Line, Tag("<term>")] | Annotated[list[Line], Field(min_length=1, max_length=1000), Tag("<terms>")],
    Discriminator(lambda value: "<terms>" if isinstance(value, list) else "<term>"),
]


class Audience(StrictModel):
    """Who gets a message: one of `to` and `user_id`."""

    to: _TermOrTerms | None = None
    """`user:NAME`, `group:NAME`, `role:NAME`, `id:SUBJECT` or `all`, or a list of them. A user who is named twice gets one notification.

    Also `destination:NAME`, which admins have set up: a room of another service, which gets the message once."""
    user_id: Line | None = None
    """The one recipient, by id: this server's, or your application's."""

    @model_validator(mode="after")
    def _to_or_user_id(self) -> Self:
        if (self.to is None) == (self.user_id is None):
            raise ValueError("to: give `to` or `user_id`, and not both")
        return self

    @property
    def terms(self) -> list[str]:
        """`to` as a list, empty for a recipient by id."""
        return [self.to] if isinstance(self.to, str) else list(self.to or ())


@dataclass(frozen=True, slots=True)
class Reach:
    """The number of users that some terms mean, and by term why some of them mean no user."""

    people: int
    unknown: dict[str, str]


def resolve(connection: Connection, audience: Audience, *, creates: bool = False) -> list[int]:
    """Return the ids of an audience's users, each once, in rising order.

    Inboxes are locked in that order. `creates`: a subject that is unknown becomes a user, in the caller's transaction.
    Raises `Invalid` naming each term that means no known user, group or role.
    """
    if audience.user_id is not None:
        return [_by_id(connection, audience.user_id, creates)]
    terms = audience.terms
    named, others, unknown = _users(connection, terms)
    if creates:
        for term in [term for term in unknown if term.startswith(SUBJECT)]:
            if user_id := _created(connection, term.removeprefix(SUBJECT)):
                named.add(user_id)
                del unknown[term]
    if unknown:
        fields = [("to" if isinstance(audience.to, str) else f"to[{place}]", term) for place, term in enumerate(terms)]
        raise invalid_fields([FieldError(field, unknown[term]) for field, term in fields if term in unknown])
    return sorted(named.union(*(numbers(connection, query) for query in others)))


def _by_id(connection: Connection, given: str, creates: bool) -> int:
    user: int | None = _BY_ID.scalar(connection, public_id=given)
    if user is None:
        user = _ids_by_subject(connection, [given]).get(given)
    if user is None and creates:
        user = _created(connection, given)
    if user is None:
        raise invalid("user_id", "there is no user with this id")
    return user


def _created(transaction: Connection, subject: str) -> int | None:
    """The id of the user created for a subject; None for text that is none."""
    try:
        person = Person(subject)
    except ValueError:
        return None
    return provisioning.record_within(transaction, provisioning.host_issuer(), person).user_id


def users(connection: Connection, terms: Sequence[str], *, creates: bool = False) -> dict[str, int]:
    """The ids of users by the terms that mean them, `user:NAME` or `id:SUBJECT`.

    Unknown ones are left out. `creates`: as in `resolve`.
    """
    keys = {each: _key(*each.split(":", 1)) for each in terms}
    names = _users_by_name(connection, [name for kind, name in keys.values() if kind == "user"])
    subjects = _ids_by_subject(connection, [name for kind, name in keys.values() if kind == "id"])
    found = {each: (subjects if kind == "id" else names).get(name) for each, (kind, name) in keys.items()}
    if creates:
        for each in [each for each, (kind, _) in keys.items() if kind == "id" and found[each] is None]:
            found[each] = _created(connection, each.removeprefix(SUBJECT))
    return {each: user_id for each, user_id in found.items() if user_id is not None}


def reach(terms: Sequence[str]) -> Reach:
    """Count the users that a message to `terms` would reach if it were sent now."""
    with database.read() as connection:
        named, others, unknown = _users(connection, terms)
        users = union(select(User.id).where(User.id.in_(named)), *others)
        return Reach(connection.scalar(select(func.count()).select_from(users.subquery())) or 0, unknown)


def _users(connection: Connection, terms: Sequence[str]) -> tuple[set[int], list[Select[Any]], dict[str, str]]:
    """Return the ids of users that `terms` name, queries for the others, and the unknown terms.

    Those by term, with the reason.
    Takes the same few statements for any number of terms, and of these only the ones that are needed: even with an empty list of roles,
    databases read all users to find none.
    """
    unknown, keys = dict[str, str](), dict[str, tuple[str, str]]()
    names: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for term in dict.fromkeys(terms):
        kind, _, name = term.partition(":")
        if kind in _KINDS and name and name.isprintable():
            keys[term] = _key(kind, name)
            names[kind].append(keys[term][1])
        elif term != "all":
            unknown[term] = _EXPECTED
    users = _users_by_name(connection, names["user"])
    groups = _ids_by_name(connection, _GROUPS_BY_NAME, names["group"])
    subjects = _ids_by_subject(connection, names["id"])
    places = posting.places(connection, names["destination"])
    known: dict[str, Container[str]] = {"user": users, "group": groups, "role": _ROLES, "id": subjects, "destination": places}
    for term, (kind, key) in keys.items():
        if key not in known[kind]:
            unknown[term] = f"there is no {_NOUNS.get(kind, kind)} {shown(term.partition(':')[2])}"
    if places and not posting.set_up():
        unknown |= {term: posting.NOT_SET_UP for term in terms if term.startswith(posting.TERM)}
    if "all" in terms:
        return set(), [_ALL], unknown
    others = [select(User.id).where(User.role.in_(names["role"]))] if names["role"] else []
    if groups:
        others.append(select(Membership.user_id).where(Membership.group_id.in_(groups.values())))
    return {*users.values(), *subjects.values()}, others, unknown


def _key(kind: str, name: str) -> tuple[str, str]:
    """The kind of a term, and its name as it is compared."""
    return kind, name_key(name) if kind in NAMED else name


def _users_by_name(connection: Connection, names: list[str]) -> dict[str, int]:
    """The ids of users. PostgreSQL finds one name in half the time that a list of one takes it."""
    if len(names) == 1:
        return dict(_USER_BY_NAME.all(connection, name=names[0]))
    return _ids_by_name(connection, _USERS_BY_NAME, names)


def _ids_by_name(connection: Connection, query: database.Prepared, names: list[str]) -> dict[str, int]:
    return dict(query.all(connection, names=json_array(names))) if names else {}


def _ids_by_subject(connection: Connection, subjects: list[str]) -> dict[str, int]:
    if not subjects:
        return {}
    return dict(_BY_SUBJECT.all(connection, names=json_array(subjects), issuer=provisioning.host_issuer()))
