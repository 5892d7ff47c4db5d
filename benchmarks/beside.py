"""Measure pages and streams of this checkout beside others, in turn: medians of processor time.

A checkout is measured with the packages of its `.venv` where it has one.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks import people
from benchmarks.checkouts import Checkout
from benchmarks.crowd import Crowd
from benchmarks.poster import Poster
from benchmarks.stream import Stream
from benchmarks.usage import Neighbours, cpu_seconds

_SETTINGS: dict[str, object] = {"ACCESS_TOKEN_MINUTES": 120}
_PAGES = ("/notifications", "/fragments/inbox", "/api/notifications?limit=20", "/api/notifications/unread-count")
_GETS = 20
_AT_ONCE = 50
_PATIENCE_SECONDS = 60.0
_SETTLE_SECONDS = 0.15


@dataclass(slots=True)
class _Side:
    """A server and its `figures`: processor time in ms, by what it was spent for, one for each turn."""

    name: str
    server: Checkout
    crowd: Crowd
    tokens: list[str]
    figures: dict[str, list[float]] = field(default_factory=dict)

    @property
    def pids(self) -> list[int]:
        return [self.server.pid, *self.server.workers()]

    def pages(self) -> None:
        headers = {"Authorization": f"Bearer {self.tokens[0]}", "Cookie": f"access_token_cookie={self.tokens[0]}"}
        with httpx.Client(base_url=self.server.url, headers=headers, trust_env=False) as client:
            for page in _PAGES:
                with self._noted(f"GET {page}", _GETS):
                    for _ in range(_GETS):
                        client.get(page).raise_for_status()

    def streams(self) -> None:
        """Open a stream for each user, send to all of them in one transaction, and close the streams."""
        members = range(len(self.tokens))
        with self._noted("opening of a stream", len(members)):
            streams = list[Stream]()
            for first in members[::_AT_ONCE]:
                streams.extend(Stream(self.crowd, person, self.tokens[person]) for person in members[first : first + _AT_ONCE])
                self.crowd.until(lambda: all(stream.opened_at for stream in streams), within=_PATIENCE_SECONDS, what="opening")
        poster = Poster(self.crowd, self.tokens[0])
        with self._noted("event of a stream, with its row", len(members)):
            number, message = self.crowd.ledger.expect(members)
            poster.post(f"group:{people.group(0)}", number)
            self.crowd.until(lambda: message.complete, within=_PATIENCE_SECONDS, what="an event")
        poster.close()
        for stream in streams:
            stream.close()
        self.crowd.rest(_SETTLE_SECONDS)

    @contextmanager
    def _noted(self, what: str, times: int) -> Iterator[None]:
        before = cpu_seconds(self.pids)
        yield
        self.crowd.rest(_SETTLE_SECONDS)
        self.figures.setdefault(what, []).append(1e3 * (cpu_seconds(self.pids) - before) / times)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.beside", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path, nargs="+", help="the first is what the others and this one are compared with")
    parser.add_argument("--turns", type=int, default=15, help="default %(default)s")
    options = parser.parse_args()
    with ExitStack() as life:
        roots = [*(root.resolve() for root in options.checkouts), Path.cwd()]
        sides = [life.enter_context(_side(root)) for root in roots]
        neighbours = Neighbours([pid for side in sides for pid in side.pids])
        for _ in range(options.turns + 1):
            for side in random.sample(sides, len(sides)):
                side.pages()
            for side in random.sample(sides, len(sides)):
                side.streams()
        _report(sides, neighbours.cores())
        return 0 if all(side.crowd.ledger.verdict().clean for side in sides) else 1


@contextmanager
def _side(root: Path) -> Iterator[_Side]:
    with ExitStack() as life:
        directory = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="notifier-beside-")))
        server = Checkout(root, f"sqlite:///{directory / 'bench.db'}", directory, settings=_SETTINGS)
        life.callback(server.close)
        tokens = people.populate(people.GROUP_SIZE, 0, server.environment(), root)
        server.start()
        yield _Side(root.name, server, life.enter_context(Crowd(server.port)), tokens)


def _report(sides: Sequence[_Side], neighbours: float) -> None:
    """The first turn only warmed up."""
    print(f"{neighbours:.2f} cores used by others; medians, and medians of the ratios to {sides[0].name} by turn")
    for what, (_, *first) in sides[0].figures.items():
        print(what)
        for side in sides:
            _, *found = side.figures[what]
            ratio = statistics.median(mine / base for mine, base in zip(found, first, strict=True))
            print(f"  {side.name:20} {statistics.median(found):8.3f} ms ({min(found):.3f} to {max(found):.3f}) {ratio:6.2f}")


if __name__ == "__main__":
    sys.exit(main())
