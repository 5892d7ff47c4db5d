"""Base class of the servers for tests: a directory and a port of its own, and a certain end."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.servers.port import LOOPBACK, Port
from tests.servers.process import Process
from tests.waiting import eventually

_TAIL_LINES = 60


class NotReady(AssertionError):
    """The server ended or did not answer before it was ready. The message ends with the tail of its log."""


class Server(ABC):
    """A program that keeps its port over restarts. As a context manager it is started and closed."""

    READY_WITHIN_SECONDS: ClassVar[float] = 90.0

    def __init__(self, directory: Path | None = None) -> None:
        """Create `home` in `directory`, or in the directory for temporary files."""
        self._port = Port()
        self.home = Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-{self.port}-", dir=directory))
        """The working directory of the program."""
        self._log = self.home / "log"
        self._process: Process | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int:
        """The process id of the program, not of a child."""
        return self._started.pid

    @property
    def exit_code(self) -> int | None:
        return self._started.exit_code

    def start(self) -> None:
        """Start the program and return when it is ready; also after `kill`, on the same port."""
        self.launch()
        self.wait_ready()

    @abstractmethod
    def launch(self) -> None:
        """Start the program without waiting; see `wait_ready`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the running program is ready."""

    def wait_ready(self, within: float | None = None) -> None:
        """Wait until the program answers. Raises `NotReady`."""
        try:
            eventually(self._ready, within=within or self.READY_WITHIN_SECONDS, why=self.tail)
        except NotReady:
            raise
        except AssertionError as error:
            raise NotReady(f"{self}: {error}") from None

    def kill(self) -> None:
        """Send SIGKILL to the whole process tree."""
        if self._process is not None:
            self._process.kill()

    def freeze(self) -> None:
        """Stop the process: the kernel keeps connections open and accepts new ones, without answers."""
        self._started.freeze()

    def thaw(self) -> None:
        self._started.thaw()

    def close(self) -> None:
        self.kill()
        self._port.release()

    def log(self) -> str:
        """Return the program's output so far, restarts included."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def tail(self) -> str:
        return "\n".join(["its log ends:", *self.log().splitlines()[-_TAIL_LINES:]])

    def __str__(self) -> str:
        return f"{type(self).__name__} at {LOOPBACK}:{self.port}"

    def _run(
        self, command: Sequence[str | Path], env: Mapping[str, str], *, run_as: Mapping[str, Any] | None = None, forked: bool = False
    ) -> None:
        self._process = Process(command, log=self._log, cwd=self.home, env=env, run_as=run_as, forked=forked)

    def _ready(self) -> bool:
        if not self.running:
            raise NotReady(f"{self} ended with {self.exit_code}; {self.tail()}")
        return self.answers()

    @property
    def _started(self) -> Process:
        assert self._process is not None, "not started"
        return self._process
