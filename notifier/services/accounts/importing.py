"""Create and change many users at once.

Each line alone, so that a wrong one keeps no other from being imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import Forbidden, Invalid
from notifier.services.accounts import provisioning
from notifier.services.accounts.person import Person
from notifier.services.accounts.provisioning import Recorded

_BATCH_SIZE = 50
"""Lines of one transaction: a commit for each takes 3 ms on SQLite, and all in one would hold up every other write."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read. `person`: None where it could not be, for the reason in `detail`.

    `named`: the person has no subject, their name identifies them.
    """

    number: int
    person: Person | None = None
    named: bool = False
    detail: str = ""


@dataclass(slots=True)
class Imported:
    """How many users were created and changed, and by number which lines failed, and why."""

    created: int = 0
    updated: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: Line, result: Recorded | str) -> None:
        if isinstance(result, str):
            self.failed.append((line.number, result))
        elif result.created:
            self.created += 1
        else:
            self.updated += 1


def import_people(lines: Sequence[Line], *, spare_admins: bool) -> Imported:
    """Create or change the user of each line. `spare_admins` as in `provisioning.record_by_host`."""
    imported = Imported()
    for start in range(0, len(lines), _BATCH_SIZE):
        chunk = lines[start : start + _BATCH_SIZE]
        try:
            results = _write(chunk, spare_admins)
        except IntegrityError:  # a line collides with what another process has just written
            results = [_write_alone(line, spare_admins) for line in chunk]
        for line, result in zip(chunk, results, strict=True):
            imported.add(line, result)
    return imported


@database.retry_on_conflict
def put(person: Person, *, spare_admins: bool, named: bool = False, new: bool = False) -> Recorded:
    """Create or change one user.

    Raises `Invalid` and `Forbidden`, and `Unavailable` after collisions.
    """
    try:
        with database.write() as transaction:
            return provisioning.record_by_host(transaction, person, named=named, spare_admins=spare_admins, new=new)
    except IntegrityError:
        raise database.TransactionConflict("The database is busy. Try again in a moment.", code="busy", retry_after=1) from None


@database.retry_on_conflict
def _write(chunk: Sequence[Line], spare_admins: bool) -> list[Recorded | str]:
    results: list[Recorded | str] = []
    with database.write() as transaction:
        for line in chunk:
            if line.person is None:
                results.append(line.detail)
                continue
            try:
                results.append(provisioning.record_by_host(transaction, line.person, named=line.named, spare_admins=spare_admins))
            except (Invalid, Forbidden) as refusal:  # raised before anything of the line was written
                results.append(refusal.detail)
    return results


def _write_alone(line: Line, spare_admins: bool) -> Recorded | str:
    if line.person is None:
        return line.detail
    try:
        return put(line.person, named=line.named, spare_admins=spare_admins)
    except (Invalid, Forbidden, database.TransactionConflict) as refusal:
        return refusal.detail
