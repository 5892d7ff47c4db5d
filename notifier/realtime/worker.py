"""gunicorn's worker: hands the sockets of streams over to the hub, and ends them properly when the process is to go."""

from __future__ import annotations

import ssl
from typing import Any, Self, cast

import gevent
from gevent.server import StreamServer
from gunicorn.workers.base_async import ALREADY_HANDLED
from gunicorn.workers.ggevent import GeventWorker

from notifier.realtime import file_limits
from notifier.realtime.hub import Hub
from notifier.realtime.stream import Stream

# Requests that are begun in one turn of the loop; of gevent's 100 the last would wait for all the others.
_ACCEPTED_AT_ONCE = 10


class _Idle(gevent.Timeout):
    """A wait that ends by itself after `seconds`, or at once when the worker is to go: nobody waits for an idle connection then."""

    def __init__(self, seconds: float, all_idle: set[_Idle]) -> None:
        super().__init__(seconds, False)  # type: ignore[arg-type]  # False: ends the block in silence
        self._all_idle = all_idle

    def __enter__(self) -> Self:
        self._greenlet = gevent.getcurrent()
        self._all_idle.add(self)
        return super().__enter__()

    def close(self) -> None:
        self._all_idle.discard(self)
        super().close()

    def end(self) -> None:
        gevent.get_hub().loop.run_callback(self._end_if_idle)

    def _end_if_idle(self) -> None:
        # A request that has come in the meantime is served: it is past this wait.
        if self in self._all_idle:
            self._greenlet.throw(self)


class Worker(GeventWorker):
    """After a hand-over the request has ended for gunicorn: its greenlet and its contexts are free, no slot of its pool is taken."""

    hub: Hub | None = None
    _alive = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._idle: set[_Idle] = set()
        super().__init__(*args, **kwargs)

    @property
    def alive(self) -> bool:
        return self._alive

    @alive.setter
    def alive(self, value: bool) -> None:
        # SIGTERM, SIGHUP, max_requests and a lost parent all end here.
        self._alive = value
        if value:
            return
        for idle in list(self._idle):
            idle.end()
        if self.hub is not None:
            gevent.spawn(self.hub.drain)

    def timeout_ctx(self) -> _Idle:  # type: ignore[override]
        """Around the wait for the next request of a connection that is kept alive."""
        return _Idle(self.cfg.keepalive, self._idle)

    def init_process(self) -> None:
        StreamServer.max_accept = _ACCEPTED_AT_ONCE
        file_limits.allow_all()
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        application = self.wsgi

        def handing_over(environ: dict[str, Any], start_response: Any) -> Any:
            body = application(environ, start_response)
            socket = environ["gunicorn.socket"]
            if not isinstance(body, Stream) or isinstance(socket, ssl.SSLSocket) or environ.get("HTTP_VERSION") == "2":
                return body
            response = start_response.__self__
            self.hub = body.hub
            body.take(socket, _head(response), chunked=response.chunked)
            return ALREADY_HANDLED

        self.wsgi = cast(Any, handing_over)

    def is_already_handled(self, respiter: Any) -> bool:
        if super().is_already_handled(respiter):
            raise StopIteration  # not `return True`: gunicorn would wait for the next request on a socket it no longer has
        return False

    def run(self) -> None:
        try:
            super().run()
        finally:
            if self.hub is not None:
                self.hub.drain()


def _head(response: Any) -> bytes:
    """The head of gunicorn's response as it would send it itself."""
    lines = [*response.default_headers(), *(f"{name}: {value}\r\n" for name, value in response.headers), "\r\n"]
    return "".join(lines).encode("latin-1")
