"""Fields of users in bodies: checked as those of `services.accounts.person`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from notifier.models.identity import SUBJECT_LENGTH
from notifier.services.accounts import person as checks
from notifier.services.accounts.person import Person
from notifier.services.validation import Line, StrictModel

Subject = Annotated[str, AfterValidator(checks.subject)]
Label = Annotated[str, Field(min_length=1), AfterValidator(checks.label)]
Email = Annotated[str, AfterValidator(checks.email)]
Locale = Annotated[str, AfterValidator(checks.locale)]
TimeZone = Annotated[str, AfterValidator(checks.time_zone)]


class PersonFields(StrictModel):
    """A user of your application."""

    name: Label
    """As it is shown; the unique name is made of it."""
    email: Email | None = None
    locale: Locale | None = None
    """A language, such as `de` or `pt-BR`."""
    time_zone: TimeZone | None = None
    """Such as `Europe/Berlin`."""
    groups: Annotated[list[Line], Field(max_length=checks.MAX_GROUPS)] | None = None
    """Groups that exist. The user is added to them, and leaves managed groups that are not named."""

    def person(self, subject: str) -> Person:
        return Person(subject, self.name, self.email or "", self.locale or "", self.time_zone or "", self.groups)


class NewPerson(PersonFields):
    """A user to create, or to change if there is one already."""

    subject: Subject | None = None
    """The id that your application knows the user by. Without it the name identifies the user, and must be a valid one."""

    def identified(self) -> Person:
        """The person, with the name as a placeholder for a subject that is not given."""
        return self.person(self.subject or self.name[:SUBJECT_LENGTH])


class UserChange(StrictModel):
    """What to change of a user. What is left out stays."""

    name: Line | None = None
    """The unique name."""
    label: Label | None = None
    email: Email | None = None
    """`null` removes it."""
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    disabled: bool | None = None
    """`true` ends all sign-ins and streams of the user."""
    role: str | None = None
    """`user`, `sender` or `admin`. Only for admins."""

    def columns(self) -> dict[str, Any]:
        """The columns of `users` to change, but for those that are operations of their own."""
        given = self.model_dump(exclude_unset=True, include={"name", "label", "email", "locale", "time_zone"})
        return {name: value for name, value in given.items() if value is not None or name == "email"}
