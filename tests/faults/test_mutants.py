"""Tests of the tests: each fault the design guards against, put into a copy, is caught.

A mutant is an exact piece of source text replaced by another; when the source no longer contains it, the mutant has to be revised. On
SQLite some of them are harmless, since nothing yields there between a commit and its hint: hence PostgreSQL.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import PostgresMissing
from tests.servers.notifier import ROOT
from tests.servers.postgres import find_binaries

_COPIED = ("notifier", "templates", "static", "tests", "pyproject.toml", "gunicorn.conf.py")
_WITHIN_SECONDS = 200

# The first test waits for all mutants that were started before its own.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * _WITHIN_SECONDS)]


@dataclass(frozen=True, slots=True)
class Mutant:
    """Replacements in `file`, and the test that has to fail.

    `edits` are pairs of text that occurs once in `file`, and its replacement in the mutant.
    """

    name: str
    file: str
    edits: Sequence[tuple[str, str]]
    test: str

    def __str__(self) -> str:
        return self.name


MUTANTS = [
    Mutant(
        "hint-before-the-commit",
        "notifier/services/messages/send.py",
        [
            (
                "    written = inbox_writes.deliver(transaction, message, recipients)\n",
                "    written = inbox_writes.deliver(transaction, message, recipients)\n    publish_hints(recipients)\n",
            ),
            ("    if sent.delivered:\n        publish_hints(recipients)\n    else:\n", "    if not sent.delivered:\n"),
        ],
        "tests/delivery/test_races.py::test_slow_commit_is_announced_after_it_is_done",
    ),
    Mutant(
        "seq-outside-the-transaction",
        "notifier/services/messages/inbox_writes.py",
        [
            (
                "        changes.lock(transaction, recipients)\n",
                "        pass\n    with database.write() as early:\n        early.execute(update(Inbox).values(seq=Inbox.seq + 1))\n",
            ),
            ("values(seq=Inbox.seq + 1, unread", "values(unread"),
        ],
        "tests/delivery/test_races.py::test_poll_during_a_commit_loses_nothing",
    ),
    Mutant(
        "woken-and-forgotten-after-the-read",
        "notifier/realtime/feed.py",
        [
            ("            elif not self._dirty:\n", "            else:\n"),
            ("            self._wake.clear()  # before", "            # before"),
            ("                self._feed()\n", "                self._feed()\n                self._wake.clear()\n"),
        ],
        "tests/unit/realtime/test_feed.py::test_a_stream_opened_during_a_read_misses_nothing",
    ),
    Mutant(
        "no-look",
        "notifier/realtime/feed.py",
        [("                    self._poll()\n", "")],
        "tests/unit/realtime/test_feed_poll.py::test_a_change_without_a_hint_is_found",
    ),
    Mutant(
        "id-on-the-first-event-of-a-step",
        "notifier/web/events/json.py",
        [
            ("            events[-1] = ", "            events[0] = "),
            (", seq, events[-1])", ", seq, events[0])"),
        ],
        "tests/unit/web/events/test_json.py::test_only_the_last_event_of_a_seq_has_an_id",
    ),
    Mutant(
        "closed-with-its-socket-kept",
        "notifier/realtime/connection.py",
        [("        self.socket, self.backlog = None, None\n", "        self.backlog = None\n")],
        "tests/unit/realtime/test_connection.py::test_nothing_is_written_after_close",
    ),
    Mutant(
        "reset-dropped",
        "notifier/realtime/fan_out.py",
        [("            data = renderer.reset(snapshot.epoch, page)\n", "            pass\n")],
        "tests/unit/realtime/test_feed_reset.py::test_a_cursor_that_cannot_be_replayed_from_is_reset",
    ),
    Mutant(
        "last-progress-forgotten",
        "notifier/realtime/session_feed.py",
        [("            self._later[topic.name] = topic.sent_at + MIN_INTERVAL_SECONDS\n", "")],
        "tests/unit/realtime/test_session_feed.py::test_of_updates_that_come_too_soon_only_the_last_is_sent",
    ),
    Mutant(
        "no-fsync",
        "notifier/database/sqlite.py",
        [('"synchronous=FULL"', '"synchronous=OFF"')],
        "tests/faults/test_durable.py::test_commit_waits_for_the_disk",
    ),
]


ITSELF = "the program itself"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """pytest's output for each mutant, and for the unchanged source.

    Two at a time: most of the time goes to importing and waiting.
    """
    try:
        find_binaries()
    except PostgresMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    itself, copies = copied(tmp_path_factory), [changed(copied(tmp_path_factory), mutant) for mutant in MUTANTS]
    threads = ThreadPoolExecutor(2)
    said = {ITSELF: threads.submit(run, itself, [mutant.test for mutant in MUTANTS])}
    said |= {mutant.name: threads.submit(run, copy, [mutant.test]) for mutant, copy in zip(MUTANTS, copies, strict=True)}
    yield said
    threads.shutdown(cancel_futures=True)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutant_is_caught(outcomes: dict[str, Future[str]], mutant: Mutant) -> None:
    said = outcomes[mutant.name].result()
    assert re.search(r"^\d+ failed\b", said, re.MULTILINE), said


def test_unchanged_program_passes_the_same_tests(outcomes: dict[str, Future[str]]) -> None:
    said = outcomes[ITSELF].result()
    passed = re.search(r"^(\d+) passed in ", said, re.MULTILINE)
    assert passed and int(passed[1]) >= len(MUTANTS), said


def copied(directories: pytest.TempPathFactory) -> Path:
    """A copy of the source and its tests, with the compiled files, which are valid for copies too."""
    copy = directories.mktemp("mutant")
    for name in _COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy / name)
    return copy


def changed(copy: Path, mutant: Mutant) -> Path:
    file = copy / mutant.file
    text = file.read_text()
    for old, new in mutant.edits:
        assert text.count(old) == 1, f"{mutant.file} contains this {text.count(old)} times, not once: {old!r}"
        text = text.replace(old, new)
    file.write_text(text)
    return copy


def run(copy: Path, tests: Sequence[str]) -> str:
    """pytest's output for these tests there, in a separate process."""
    unused = ("randomly", "cacheprovider", "schemathesis", "playwright", "xdist")
    options = ["-q", "--exitfirst", *(part for plugin in unused for part in ("-p", f"no:{plugin}"))]
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
