"""A server with built-in faults (`tests.faults.sabotaged`), and the triggers for them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers import Notifier
from tests.servers.notifier import ROOT


class Sabotaged(Notifier):
    """Server whose workers are killed after `timeout` seconds without a sign of life."""

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
        """Make the feed's next poll fail, once."""
        (self.home / "feed-fails").touch()

    def set_clock(self, offset: float) -> None:
        """Offset the server's clock by `offset` seconds from the true time."""
        (self.home / "clock-offset").write_text(str(offset))
