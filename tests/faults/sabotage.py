"""A server with accidents built in (`tests.faults.sabotaged`), and the hand that triggers them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers import Notifier
from tests.servers.notifier import ROOT


class Sabotaged(Notifier):
    """Patient for `timeout` seconds with a worker that gives no sign of life."""

    def __init__(
        self, database_url: str, directory: Path, *, workers: int = 1, timeout: int = 15, settings: Mapping[str, object] | None = None
    ) -> None:
        self._options: Sequence[str] = ("--workers", str(workers), "--timeout", str(timeout))
        super().__init__(database_url, directory, settings=settings)

    def serving(self) -> list[str]:
        bind = f"127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--pythonpath", str(ROOT)]
        return [*command, "--bind", bind, *self._options, "tests.faults.sabotaged:app"]

    def let_the_feed_fail(self) -> None:
        """Once, at its next look."""
        (self.home / "feed-fails").touch()

    def set_clock(self, offset: float) -> None:
        """So many seconds forth, or back, from the true time."""
        (self.home / "clock-offset").write_text(str(offset))
