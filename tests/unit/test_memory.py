from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import memory


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    memory.directory_of_run.cache_clear()
    monkeypatch.setattr(memory, "_PLACE", tmp_path)
    monkeypatch.setattr(memory, "_NEEDED_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.delenv("TMPDIR", raising=False)
    yield tmp_path
    memory.directory_of_run.cache_clear()


def test_programs_put_their_files_there_too(place: Path) -> None:
    memory.temporary_files_in_memory()
    (directory,) = place.iterdir()
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(directory)


def test_directories_of_runs_that_were_killed_are_removed(place: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    killed, running = (place / f"notifier-tests-{pid}-a" for pid in (ended.pid, os.getppid()))
    killed.mkdir()
    running.mkdir()
    memory.temporary_files_in_memory()
    assert running.exists() and not killed.exists()


def test_a_chosen_place_is_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "chosen")
    memory.temporary_files_in_memory()
    assert os.environ["TMPDIR"] == "chosen" and not list(place.iterdir())


def test_too_little_room_is_not_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_NEEDED_BYTES", 2**80)
    memory.temporary_files_in_memory()
    assert "TMPDIR" not in os.environ and not list(place.iterdir())


def test_what_processes_share_is_made_once(place: Path) -> None:
    memory.temporary_files_in_memory()
    made = [memory.once("shared", lambda file: file.touch()) for _ in range(2)]
    assert made == [Path(tempfile.gettempdir(), "shared")] * 2 and made[0].exists()


def test_what_fails_is_made_again(place: Path) -> None:
    memory.temporary_files_in_memory()
    with pytest.raises(ZeroDivisionError):
        memory.once("shared", lambda file: 1 / 0)  # type: ignore[arg-type]
    assert memory.once("shared", lambda file: file.touch()).exists()
