"""Tests of the tests: each fault that this design is built against, put into a copy of the program, is caught.

A mutant is an exact piece of text replaced by another; when the program no longer reads like that, the mutant has to be thought over.
On SQLite some of them are harmless, since nothing yields there between a commit and its hint: hence PostgreSQL.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import PostgresMissing
from tests.servers.notifier import ROOT
from tests.servers.postgres import find_binaries

_COPIED = ("notifier", "templates", "static", "tests", "pyproject.toml", "gunicorn.conf.py")
_WITHIN_SECONDS = 100


@dataclass(frozen=True, slots=True)
class Mutant:
    """`edits`: pairs of what stands in `file` once, and what stands there in the mutant. `test` is the one that is to fail."""

    name: str
    file: str
    edits: Sequence[tuple[str, str]]
    test: str

    def __str__(self) -> str:
        return self.name


MUTANTS = [
    Mutant(
        "hint-before-the-commit",
        "notifier/services/notifications.py",
        [("    hint(recipients)\n", "        hint(recipients)\n")],
        "tests/delivery/test_races.py::test_a_commit_that_takes_its_time_is_told_of_when_it_is_done",
    ),
    Mutant(
        "seq-outside-the-transaction",
        "notifier/services/notifications.py",
        [
            (
                "    transaction.execute(select(Inbox.user_id).where(theirs).order_by(Inbox.user_id).with_for_update())\n"
                "    transaction.execute(update(Inbox)",
                "    with database.write() as early:\n        early.execute(update(Inbox)",
            )
        ],
        "tests/delivery/test_races.py::test_a_look_during_a_commit_takes_nothing_away",
    ),
    Mutant(
        "woken-and-forgotten-after-the-read",
        "notifier/realtime/feed.py",
        [
            ("            elif not self._dirty:\n", "            else:\n"),
            ("            self._wake.clear()  # before", "            # before"),
            ("                self._feed()\n", "                self._feed()\n                self._wake.clear()\n"),
        ],
        "tests/delivery/test_races.py::test_a_change_that_commits_while_the_feed_reads_is_not_forgotten",
    ),
    Mutant(
        "no-look",
        "notifier/realtime/feed.py",
        [("                    self._look()\n", "")],
        "tests/delivery/test_other_writers.py::test_without_a_bus_everything_arrives_by_the_look[sqlite]",
    ),
    Mutant(
        "id-on-the-first-event-of-a-step",
        "notifier/web/json_events.py",
        [("            events[-1] = ", "            events[0] = "), (", seq, events[-1])", ", seq, events[0])")],
        "tests/delivery/test_steps.py::test_of_several_events_of_one_step_only_the_last_has_the_id[sqlite]",
    ),
    Mutant(
        "closed-with-its-socket-kept",
        "notifier/realtime/connection.py",
        [("        socket, self.socket, self.backlog = self.socket, None, None\n", "        socket, self.backlog = self.socket, None\n")],
        "tests/unit/realtime/test_crosstalk.py",
    ),
]


@pytest.fixture(autouse=True)
def _with_postgres() -> None:
    try:
        find_binaries()
    except PostgresMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program and its tests, where they can be changed. With what Python has compiled, which is good for copies too."""
    for name in _COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_is_caught(copy: Path, mutant: Mutant) -> None:
    file = copy / mutant.file
    source = file.read_text()
    for old, new in mutant.edits:
        assert source.count(old) == 1, f"{mutant.file} holds {source.count(old)} times: {old!r}"
        source = source.replace(old, new)
    file.write_text(source)
    said = run(copy, [mutant.test])
    assert re.search(r"^\d+ failed(, \d+ passed)? in ", said, re.MULTILINE), said


@pytest.mark.slow
def test_the_program_itself_passes_the_same_tests(copy: Path) -> None:
    said = run(copy, [mutant.test for mutant in MUTANTS])
    assert re.search(r"^\d+ passed in ", said, re.MULTILINE), said


def run(copy: Path, tests: Sequence[str]) -> str:
    """What pytest says of these tests there, in a process of its own."""
    options = ["-q", "--exitfirst", "-p", "no:randomly", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=copy,
        env=environment | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_WITHIN_SECONDS,
    )
    return done.stdout
