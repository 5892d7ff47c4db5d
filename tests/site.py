"""A running server with its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from notifier import create_app
from tests.api_client import Api
from tests.people import People
from tests.servers import Notifier
from tests.waiting import eventually

_STREAMS_GONE_WITHIN_SECONDS = 2.0
_SHARED = ("DATABASE_URL", "SECRET_KEY", "REDIS_URL")


class Site(People):
    """The people of a running server."""

    def __init__(self, server: Notifier) -> None:
        self.server = server
        shared = {name: server.settings[name] for name in _SHARED if server.settings.get(name) is not None}
        super().__init__(create_app(shared), Api(server.url))

    @property
    def url(self) -> str:
        return self.server.url

    def assert_no_streams(self) -> None:
        """The server has noticed that all its streams have ended."""
        eventually(
            lambda: self.server.metric("sse_connections_total") == 0,
            within=_STREAMS_GONE_WITHIN_SECONDS,
            why=lambda: f"{self.server.metric('sse_connections_total'):g} streams left open in the hub",
        )


@contextmanager
def open_site(server: Notifier) -> Iterator[Site]:
    """Starts the server and has it gone afterwards."""
    with server:
        site = Site(server)
        try:
            yield site
        finally:
            site.close()
