"""Demo people and sample data: for `make run`, and for working on the pages (`notifier demo`).

`people` has names, passwords and groups; `categories` has two to choose between; `messages` fills their
inboxes; `sessions` gives them jobs to watch.
"""

from __future__ import annotations

from pathlib import Path

from notifier.demo import categories, messages, people, sessions


def populate(file: Path) -> str:
    """Create the first demo people and a few notifications in an empty database.

    Returns their names and passwords, a pair a line, which are also kept in `file`.
    """
    listing = people.create(file, len(people.FIRST_PEOPLE))
    people.join_group(people.STAFF, people.staff(list(people.FIRST_PEOPLE)))
    messages.send_welcome()
    return listing


def fill(file: Path, *, count: int, notifications: int, running: int) -> None:
    """Bring the demo people to `count`, send them messages and give them sessions.

    The first of them gets each of the `notifications` messages and owns all `running` sessions.
    """
    people.create(file, count)
    names = people.known(file)
    people.join_group(people.EVERYONE, names)
    people.join_group(people.STAFF, people.staff(names))
    categories.fill()
    messages.fill(names, notifications)
    sessions.fill(names, running)
