"""A running server with its users, and the servers that test modules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from notifier import create_app
from tests.api_client import Api
from tests.databases import Databases
from tests.people import People
from tests.servers import Notifier
from tests.waiting import eventually

_STREAMS_GONE_WITHIN_SECONDS = 2.0
_COMMON_TO_BOTH = ("ACCESS_TOKEN_MINUTES", "DATABASE_URL", "REDIS_URL", "SECRET_KEY")
_SHARED_SETTINGS: tuple[Mapping[str, object], ...] = ({}, {"HEARTBEAT_SECONDS": 1})
# Modules run on SQLite and on PostgreSQL in turn.
_RUNNING_AT_ONCE = 2


class Site(People):
    """A running server and its users."""

    def __init__(self, server: Notifier) -> None:
        self.server = server
        common = {name: server.settings[name] for name in _COMMON_TO_BOTH if server.settings.get(name) is not None}
        super().__init__(create_app(common), Api(server.url))

    @property
    def url(self) -> str:
        return self.server.url

    def assert_no_streams(self) -> None:
        """Wait until the server has noticed that all its streams have ended."""
        eventually(
            lambda: self.server.metric("sse_connections_total") == 0,
            within=_STREAMS_GONE_WITHIN_SECONDS,
            why=lambda: f"{self.server.metric('sse_connections_total'):g} streams are still open",
        )


class Sites:
    """The servers of this test process.

    Starting one takes a quarter of a second of CPU time, so servers with common settings are kept and shared. An idle one takes 1 to 4 %
    of a processor, so only those used last run.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._kept: dict[tuple[type[Notifier], Databases, str], Site] = {}

    @contextmanager
    def lend(self, program: type[Notifier], databases: Databases, settings: Mapping[str, object], *, shared: bool) -> Iterator[Site]:
        """Yield a running server on a fresh database; kept as long as `databases` if `shared` and its settings are common."""
        with ExitStack() as until_the_end:
            if not shared or settings not in _SHARED_SETTINGS:
                yield self._start(until_the_end, program, databases, settings)
                return
            key = (program, databases, repr(settings))
            site = self._kept.pop(key, None)
            self.rest(keep=_RUNNING_AT_ONCE - 1)
            if site is None:
                site = self._start(databases.lasting, program, databases, settings)
            elif not site.server.running:
                site.server.start()
            self._kept[key] = site  # now the last one
            yield site

    def rest(self, keep: int = 0) -> None:
        """Kill the shared servers but those used last; they are started again for the next module."""
        for site in list(self._kept.values())[: len(self._kept) - keep]:
            site.server.kill()

    def _start(self, until: ExitStack, program: type[Notifier], databases: Databases, settings: Mapping[str, object]) -> Site:
        url = until.enter_context(databases.fresh())
        return until.enter_context(open_site(program(url, self._directory, settings=settings)))


@contextmanager
def open_site(server: Notifier) -> Iterator[Site]:
    """Start the server, and stop it afterwards."""
    with server:
        site = Site(server)
        try:
            yield site
        finally:
            site.close()
