"""Tests of the tests: each fault the design guards against, put into a copy, is caught.

A mutant is an exact piece of source text replaced by another; when the source no longer contains it, the mutant has to be revised. On
SQLite some of them are harmless, since nothing yields there between a commit and its hint: hence PostgreSQL.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.faults import preloaded
from tests.servers import PostgresMissing
from tests.servers.notifier import ROOT
from tests.servers.postgres import find_binaries

_COPIED = ("notifier", "templates", "static", "tests", "pyproject.toml", "gunicorn.conf.py")
_UNUSED = ("randomly", "cacheprovider", "schemathesis", "playwright", "xdist")
_OPTIONS = ["-q", "--exitfirst", "-W", "ignore::pytest.PytestAssertRewriteWarning", *(f"-pno:{plugin}" for plugin in _UNUSED)]
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
        "notifier/database/batches.py",
        [
            (
                "                self._write(transaction, batch.calls)\n",
                "                self._write(transaction, batch.calls)\n                self._committed(batch.calls)\n",
            ),
            ("        if error is None:\n            self._committed(batch.calls)\n", ""),
        ],
        "tests/delivery/test_races.py::test_slow_commit_is_announced_after_it_is_done",
    ),
    Mutant(
        "seq-outside-the-transaction",
        "notifier/services/messages/usual_delivery.py",
        [
            (
                "    arrival, decision = arrivals.usual(message)\n",
                "    arrival, decision = arrivals.usual(message)\n"
                "    with database.write() as early:\n        early.execute(update(Inbox).values(seq=Inbox.seq + 1))\n",
            ),
            ('{"seq": Inbox.seq + 1, "unread"', '{"unread"'),
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
    places: SimpleQueue[Place] = SimpleQueue()

    def run(tests: Sequence[str], mutant: Mutant | None = None) -> str:
        place = places.get()
        try:
            return place.run(tests, mutant)
        finally:
            places.put(place)

    with ExitStack() as opened, ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            places.put(opened.enter_context(closing(Place(tmp_path_factory.mktemp("mutants")))))
        said = {ITSELF: threads.submit(run, [mutant.test for mutant in MUTANTS])}
        said |= {mutant.name: threads.submit(run, [mutant.test], mutant) for mutant in MUTANTS}
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


class Place:
    """A copy of the source and its tests, and a process that runs pytest there in forks of itself."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        for name in _COPIED:
            source = ROOT / name
            # With the compiled files, which are valid for copies too.
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, directory / name)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        command = [sys.executable, preloaded.__file__]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, tests: Sequence[str], mutant: Mutant | None = None) -> str:
        """pytest's output for these tests with the mutant, or with the unchanged source."""
        if mutant is None:
            return self._run(tests)
        file = self._directory / mutant.file
        file.write_text(mutated(file.read_text(), mutant))
        try:
            return self._run(tests)
        finally:
            shutil.copy2(ROOT / mutant.file, file)

    def close(self) -> None:
        self._process.communicate(timeout=_WITHIN_SECONDS)

    def _run(self, tests: Sequence[str]) -> str:
        output = self._directory / "output"
        job = {"directory": str(self._directory), "arguments": [*_OPTIONS, *tests], "output": str(output)}
        assert self._process.stdin and self._process.stdout
        print(json.dumps(job), file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == "done\n"
        return output.read_text()


def mutated(text: str, mutant: Mutant) -> str:
    for old, new in mutant.edits:
        assert text.count(old) == 1, f"{mutant.file} contains this {text.count(old)} times, not once: {old!r}"
        text = text.replace(old, new)
    return text
