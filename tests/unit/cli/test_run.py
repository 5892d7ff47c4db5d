"""`notifier run`: output and exit code of the command are what they would be without it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from notifier.cli.run import _run as run_command
from notifier.cli.run import _summary
from tests.waiting import eventually

CaptureBytes = pytest.CaptureFixture[bytes]


class Recorder:
    """A session that records its calls."""

    def __init__(self) -> None:
        self.reports: list[tuple[float | None, str | None]] = []
        self.error: str | None = None

    def report(self, progress: float | None = None, message: str | None = None) -> None:
        self.reports.append((progress, message))

    def fail(self, error: str) -> None:
        self.error = error

    @property
    def progress(self) -> float | None:
        """The last percentage reported."""
        return next((progress for progress, _ in reversed(self.reports) if progress is not None), None)


@pytest.fixture
def session() -> Recorder:
    return Recorder()


def run(session: Recorder, *command: str) -> int:
    return run_command(command, session)  # type: ignore[arg-type]


def shell(session: Recorder, script: str) -> int:
    return run(session, "sh", "-c", script)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"one line\n",
        b"no end",
        b"\r10%\r20%\r\n",
        b"\x00\xff\xfe bytes \x80\n",
        b"\x1b[1mbold\x1b[0m",
        b"\xe2\x80\xa8\n\n\n",
        os.urandom(300_000),
    ],
    ids=["nothing", "line", "unfinished", "bar", "no text", "colour", "line ends", "much"],
)
def test_output_is_passed_on_byte_for_byte(session: Recorder, capfdbinary: CaptureBytes, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "output").write_bytes(data)

    assert run(session, "cat", str(tmp_path / "output")) == 0
    assert capfdbinary.readouterr() == (data, b"")


def test_standard_error_stays_apart(session: Recorder, capfdbinary: CaptureBytes) -> None:
    assert shell(session, "echo out; echo 45% err >&2") == 0
    assert capfdbinary.readouterr() == (b"out\n", b"45% err\n")
    assert session.progress == 45


def test_output_without_progress_keeps_the_last_progress(session: Recorder) -> None:
    shell(session, "echo 45% >&2; sleep 0.05; echo out; echo 3")

    assert session.progress == 45


def test_output_without_a_line_end_is_passed_on_at_once(session: Recorder, tmp_path: Path) -> None:
    """The command continues only after its output was reported."""
    os.mkfifo(tmp_path / "seen")
    threading.Thread(target=lambda: (eventually(lambda: session.reports), (tmp_path / "seen").write_text("yes\n"))).start()

    assert shell(session, f"printf '45%% of it'; read answer <{tmp_path}/seen; [ $answer = yes ]") == 0
    assert session.reports[0] == (45, "45% of it")


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_exit_code_is_passed_on_and_decides_the_status(session: Recorder, code: int) -> None:
    assert shell(session, f"echo last line; exit {code}") == code
    assert session.error == (f"exit code {code}" if code else None)


def test_command_ended_by_a_signal_has_failed(session: Recorder) -> None:
    assert shell(session, "kill -9 $$") == 137
    assert session.error == "ended by signal 9 (Killed)"


@pytest.mark.parametrize(("command", "code"), [("/nowhere/at/all", 127), ("/etc/passwd", 126)])
def test_command_that_cannot_be_run_has_failed(session: Recorder, command: str, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(session, command) == code
    assert session.error is not None and session.error.startswith(command)
    assert capfd.readouterr().err.startswith(f"notifier: {command}: ")


def test_run_does_not_wait_for_a_daemon_left_behind(session: Recorder) -> None:
    assert shell(session, "sleep 60 & echo $!; exit 4") == 4
    os.kill(int(session.reports[0][1] or ""), signal.SIGKILL)


@pytest.mark.parametrize(
    ("script", "description"),
    [
        ("echo wrote talk.mp4; echo 20%; echo Processing 100%", "wrote talk.mp4 (took 0 s)"),
        ("echo 10/10 files; printf '\\r100 %%'", "10/10 files (took 0 s)"),
        ("echo one; sleep 0.05; echo two >&2", "two (took 0 s)"),
        ("echo 100%", "Took 0 s"),
        ("true", "Took 0 s"),
    ],
)
def test_finished_command_is_described_by_its_last_line_without_percentage(session: Recorder, script: str, description: str) -> None:
    shell(session, script)

    assert session.reports[-1] == (None, description)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (72, "1 min 12 s"), (7512, "2 h 5 min")])
def test_duration_is_readable(seconds: float, text: str) -> None:
    assert _summary("done", seconds) == f"done (took {text})"
