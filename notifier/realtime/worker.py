"""gunicorn worker class: hands sockets over to the hub, and serves them again after a stream.

On shutdown it ends streams properly.
"""

from __future__ import annotations

import _socket
import functools
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, cast

import gevent
from gevent import Greenlet
from gevent.pool import Group
from gevent.socket import socket
from gunicorn import util
from gunicorn.workers import ggevent
from gunicorn.workers.base_async import ALREADY_HANDLED
from gunicorn.workers.ggevent import GeventWorker
from werkzeug.wsgi import ClosingIterator

from notifier.realtime import file_limits, gunicorn_requests
from notifier.realtime.acceptor import Acceptor
from notifier.realtime.shared_timeout import SharedTimeout
from notifier.realtime.stream import Framing, Stream, StreamOwner

_MAX_JOINED_BYTES = 65_536
_NOT_MODIFIED = 304


class Worker(GeventWorker):
    """Serves requests in greenlets until a stream is handed over.

    After that the request has ended for gunicorn: its greenlet, its contexts and its slot in the pool are free.
    """

    streams: StreamOwner | None = None
    _alive = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._served_again = Group()
        super().__init__(*args, **kwargs)
        self._idle = SharedTimeout(self.cfg.keepalive)

    @property
    def alive(self) -> bool:
        return self._alive

    @alive.setter
    def alive(self, value: bool) -> None:
        # SIGTERM, SIGHUP, max_requests and the loss of the parent process all arrive here.
        self._alive = value
        if value:
            return
        self._idle.end_all()
        if self.streams is not None:
            gevent.spawn(self.streams.drain)

    def timeout_ctx(self) -> SharedTimeout:  # type: ignore[override]
        """The context of the wait for the next request on a keep-alive connection."""
        return self._idle

    def init_process(self) -> None:
        ggevent.StreamServer = Acceptor  # type: ignore[attr-defined]  # it is imported there, and used by `run`
        gunicorn_requests.install(self.cfg)
        util.http_date = _http_date  # type: ignore[assignment]
        file_limits.allow_all()
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        application = self.wsgi

        def hand_over(environ: dict[str, Any], start_response: Any) -> Any:
            body = application(environ, start_response)
            client = environ["gunicorn.socket"]
            response = start_response.__self__
            if environ.get("HTTP_VERSION") == "2":
                return body
            if isinstance(body, ClosingIterator | list):
                return _sent_at_once(response, client, body)
            if not isinstance(body, Stream) or isinstance(client, ssl.SSLSocket):
                return body
            self.streams = body.owner
            body.owner.give_back_to(self._serve_again)
            body.take(client, _head(response), Framing(response.chunked, reusable=response.chunked and not response.should_close()))
            return ALREADY_HANDLED

        self.wsgi = cast(Any, hand_over)

    def is_already_handled(self, respiter: Any) -> bool:
        if super().is_already_handled(respiter):
            raise StopIteration  # not `return True`: gunicorn would wait for the next request on a socket it no longer owns
        return False

    def run(self) -> None:
        try:
            super().run()
        finally:
            if self.streams is not None:
                self.streams.drain()
            self._served_again.join(timeout=self.cfg.graceful_timeout)

    def _serve_again(self, bare: _socket.socket) -> None:
        """Serve further requests on the connection of a stream that has ended."""
        client = socket(bare.family, bare.type, bare.proto, bare.detach())
        try:
            address, port = client.getpeername(), client.getsockname()[1:2]
        except OSError:  # the client has disconnected
            client.close()
            return
        listener = next((listener for listener in self.sockets if listener.getsockname()[1:2] == port), self.sockets[0])
        self._served_again.start(Greenlet(self.handle, listener, client, address))


def _sent_at_once(response: Any, client: socket, body: ClosingIterator | list[bytes]) -> Iterable[bytes]:
    """Send a short answer in one call, and return what is left of its body: nothing.

    gunicorn sends head and body apart, which costs another 50 us and may send two packets.
    """
    if not _may_be_joined(response):
        return body
    try:
        content = b"".join(body)
        if len(content) == response.response_length:
            answer = _head(response) + content
            response.headers_sent, response.sent = True, len(content)
            sent = client.send(answer)  # as a rule all; `sendall` would ask the socket for its kind first
            if sent < len(answer):
                client.sendall(answer[sent:])
        else:
            response.write(content)
    except BaseException:  # also gevent's Timeout and GreenletExit; the caller gets no body to close, so it is closed here
        if isinstance(body, ClosingIterator):
            body.close()
        raise
    return () if isinstance(body, list) else body


def _may_be_joined(response: Any) -> bool:
    """Whether this is a short answer, and one that has a body whenever it has a length."""
    length: int | None = response.response_length
    is_short = length is not None and length <= _MAX_JOINED_BYTES
    return is_short and response.req.method != "HEAD" and bool(response.status_code != _NOT_MODIFIED)


def _http_date() -> str:
    """The `Date` of an answer, made once a second: that takes a fiftieth of a short request."""
    return _date_at(int(time.time()))


@functools.lru_cache(maxsize=1)
def _date_at(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def _head(response: Any) -> bytes:
    """The response head that gunicorn would send."""
    lines = response.default_headers() + [f"{name}: {value}\r\n" for name, value in response.headers]
    return ("".join(lines) + "\r\n").encode("latin-1")
