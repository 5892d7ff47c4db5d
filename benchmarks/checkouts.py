"""The server of another checkout, to be measured beside this one's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks import people
from tests.servers import Notifier


class Checkout(Notifier):
    """The server of the checkout at `root`, with the packages of its `.venv` where it has one."""

    forked = False  # of a process that has loaded this checkout

    def __init__(self, root: Path, url: str, directory: Path, *, workers: int = 1, settings: Mapping[str, object] | None = None) -> None:
        super().__init__(url, directory, args=["--workers", str(workers)], settings=settings)
        self.root = root
        (self.home / "notifier").unlink()
        (self.home / "notifier").symlink_to(root / "notifier")

    def serving(self) -> list[str]:
        _, *others = super().serving()
        mine = (str(self.root / "gunicorn.conf.py") if part.endswith("gunicorn.conf.py") else part for part in others)
        return [people.python(self.root), *mine]
