"""Categories as admins define them: create, change, retire, put everybody back to the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import NotFound, invalid, shown
from notifier.models import Category, Choice, Message
from notifier.models.category import OTHER
from notifier.services import audit
from notifier.services.validation import Line

_UNSORTED_PERIOD_DAYS = 30
_MAX_UNSORTED = 50

TypePattern = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$|^[a-z][a-z0-9_.-]{0,61}[._-]\*$")]


class CategoryDraft(BaseModel):
    """A category as an admin describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    label: Annotated[Line, Field(min_length=1, max_length=60)]
    description: Annotated[Line, Field(max_length=300)] = ""
    place: Annotated[int, Field(ge=0, le=1000)] = 100
    types: Annotated[tuple[TypePattern, ...], Field(max_length=100)] = ()
    locked: bool = False
    in_app: Literal["on", "quiet", "off"] = "on"
    email: Literal["off", "at_once", "unread", "hourly", "daily", "weekly"] = "unread"
    push: Literal["off", "on"] = "on"
    wait_minutes: Annotated[int, Field(ge=1, le=10080)] = 30
    loud_per_hour: Annotated[int, Field(ge=1, le=10000)] | None = None
    keep_days: Annotated[int, Field(ge=1, le=3650)] | None = None

    @model_validator(mode="after")
    def _locked_is_on(self) -> Self:
        if self.locked and self.in_app != "on":
            raise ValueError("in_app: a locked category is always on")
        return self


FIELDS = tuple(CategoryDraft.model_fields)


def draft(values: Mapping[str, Any]) -> CategoryDraft:
    """Validate the fields of a category. Raises `Invalid` for the first wrong one."""
    try:
        return CategoryDraft.model_validate(values)
    except ValidationError as problem:
        error = problem.errors(include_url=False, include_input=False)[0]
        text = error["msg"].removeprefix("Value error, ")
        field = "".join(f"[{part}]" if isinstance(part, int) else str(part) for part in error["loc"])
        if not field:
            field, _, text = text.partition(": ")
        raise invalid(field, _PATTERNS.get(str(error["loc"][0]) if error["loc"] else "", text)) from None


_SORT = "sort"
"""The path of a form beside the pages of categories."""
_PATTERNS = {
    "slug": "must be 1 to 40 small letters, digits, - or _, beginning with a letter",
    "types": "each must be a type such as video_complete, or video.*",
}


def create(wanted: CategoryDraft) -> None:
    """Create a category, or bring a retired one back.

    Raises `Invalid` for a slug or a type that is taken.
    """
    if wanted.slug == _SORT:
        raise invalid("slug", f"{_SORT!r} is taken")
    values = wanted.model_dump() | {"types": list(wanted.types), "retired_at": None}
    try:
        with database.write() as transaction:
            _check_types(transaction, wanted)
            retired = update(Category).where(Category.slug == wanted.slug, Category.retired_at.is_not(None))
            if not transaction.execute(retired.values(**values)).rowcount:
                transaction.execute(insert(Category).values(**values))
            audit.note(transaction, "category.created", wanted.slug, wanted.label)
    except IntegrityError:
        raise invalid("slug", f"the category {shown(wanted.slug)} exists already") from None


def change(slug: str, changes: Mapping[str, Any]) -> None:
    """Change some fields of a category. Raises `NotFound`, `Invalid`.

    Where a default becomes what a user had chosen, nothing is left of the choice.
    """
    with database.write() as transaction:
        row = _one(transaction, slug)
        wanted = draft({field: getattr(row, field) for field in FIELDS} | dict(changes) | {"slug": slug})
        if slug == OTHER and wanted.types:
            raise invalid("types", "this category takes what belongs to no other one")
        _check_types(transaction, wanted)
        values = wanted.model_dump() | {"types": list(wanted.types)}
        transaction.execute(update(Category).where(Category.id == row.id).values(**values))
        for channel in ("in_app", "email", "push"):
            same = (Choice.category_id == row.id) & (Choice.channel == channel) & (Choice.value == values[channel])
            transaction.execute(delete(Choice).where(same))
        audit.note(transaction, "category.changed", slug, ", ".join(sorted(changes)))


def retire(slug: str) -> None:
    """Stop assigning new messages to a category. Existing messages keep it.

    Raises `NotFound`, and `Invalid` for the built-in one.
    """
    if slug == OTHER:
        raise invalid("slug", "the built-in category stays")
    with database.write() as transaction:
        row = _one(transaction, slug)
        transaction.execute(update(Category).where(Category.id == row.id).values(retired_at=database.clock(transaction)))
        audit.note(transaction, "category.retired", slug, row.label)


def reset_choices(slug: str) -> int:
    """Put all users back to the default. Returns how many had chosen otherwise. Raises `NotFound`."""
    with database.write() as transaction:
        row = _one(transaction, slug)
        users = transaction.scalar(_choosers().where(Choice.category_id == row.id)) or 0
        transaction.execute(delete(Choice).where(Choice.category_id == row.id))
        audit.note(transaction, "category.reset", slug, f"{users} users")
    return users


def choosers(slug: str) -> int:
    """The number of users who chose something else than the default of a category. Raises `NotFound`."""
    with database.read() as connection:
        return connection.scalar(_choosers().where(Choice.category_id == _one(connection, slug).id)) or 0


def listing() -> Sequence[Any]:
    """The categories that are not retired, in the order of pages."""
    with database.read() as connection:
        return active(connection)


def active(connection: Connection) -> Sequence[Any]:
    """As `listing`, inside a transaction."""
    found = select(Category.__table__).where(Category.retired_at.is_(None)).order_by(Category.place, Category.label, Category.id)
    return connection.execute(found).all()


def one(slug: str) -> Any:
    """The row of a category that is not retired. Raises `NotFound`."""
    with database.read() as connection:
        return _one(connection, slug)


def unsorted() -> Sequence[Any]:
    """The types of the last 30 days that only the built-in category takes.

    Rows of `type` and `number`, the most frequent first.
    """
    number = func.count().label("number")
    with database.read() as connection:
        since = database.clock(connection) - timedelta(days=_UNSORTED_PERIOD_DAYS)
        other = select(Category.id).where(Category.slug == OTHER).scalar_subquery()
        found = select(Message.type, number).where(Message.category_id == other, Message.created_at > since).group_by(Message.type)
        return connection.execute(found.order_by(number.desc(), Message.type).limit(_MAX_UNSORTED)).all()


def _one(connection: Connection, slug: str) -> Any:
    row = connection.execute(select(Category.__table__).where(Category.slug == slug, Category.retired_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound(f"There is no category {shown(slug)}.")
    return row


def _check_types(transaction: Connection, wanted: CategoryDraft) -> None:
    """Raise `Invalid` for a type that another category has already."""
    taken = {type_: row.slug for row in active(transaction) if row.slug != wanted.slug for type_ in row.types}
    for place, type_ in enumerate(wanted.types):
        if type_ in taken:
            raise invalid(f"types[{place}]", f"{type_} is in the category {shown(taken[type_])} already")


def _choosers() -> Any:
    return select(func.count(Choice.user_id.distinct()))
