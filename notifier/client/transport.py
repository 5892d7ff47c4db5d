"""HTTP/1.1 by the standard library.

To import httpx takes 0.4 s of processor time, nearly all that `notifier push` may take.
"""

from __future__ import annotations

import codecs
import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import quote, urlsplit

from notifier.client.answers import Answer, NotConnected, NotReached
from notifier.client.proxies import Proxy, proxy_for

_READ_BYTES = 65_536


class Transport:
    """Connections to one server, kept open between requests. May be used by several threads."""

    def __init__(self, url: str, *, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not _is_host(parts.hostname):
            raise ValueError("the address of a server begins with http:// or https:// and the name of a host")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._base = quote(parts.path.rstrip("/"), safe="/%", errors="replace")
        self._timeout = timeout
        self._kept: list[HTTPConnection] = []

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._kept:
            self._kept.pop().close()

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request and read its whole answer. Raises `NotReached`."""
        connection, target, for_proxy = self._connection(path)
        with _ended_by_errors(connection):
            connection.request(method, target, body, {**headers, **for_proxy})
            response = connection.getresponse()
            answer = _whole(response)
        if response.will_close:
            connection.close()
        else:
            self._kept.append(connection)
        return answer

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str], *, silence: float) -> Iterator[Answer | Iterator[str]]:
        """Yield the text of a stream in pieces, or the answer if it is not 200.

        `silence`: seconds without a byte that end it. Raises `NotReached`.
        """
        connection, target, for_proxy = self._connection(path)
        with _ended_by_errors(connection):
            connection.sock.settimeout(silence)
            connection.request("GET", target, headers={**headers, **for_proxy})
            response = connection.getresponse()
            yield _text(response) if response.status == 200 else _whole(response)
            connection.close()

    def _connection(self, path: str) -> tuple[HTTPConnection, str, Mapping[str, str]]:
        """Return an open connection, the request target to use on it, and headers for a proxy.

        A proxy for plain HTTP takes whole addresses.
        """
        proxy = proxy_for("https" if self._secure else "http", self._host, self._port)
        connection = self._idle() or self._open(proxy)
        if proxy is None or self._secure:
            return connection, f"{self._base}{path}", {}
        host = f"[{self._host}]" if ":" in self._host else self._host
        return connection, f"http://{host}:{self._port}{self._base}{path}", proxy.headers

    def _idle(self) -> HTTPConnection | None:
        """A kept connection that the server has not closed.

        One that can be read without a request has ended.
        """
        while self._kept:
            connection = self._kept.pop()
            poll = select.poll()
            poll.register(connection.sock, select.POLLIN)
            if not poll.poll(0):
                connection.sock.settimeout(self._timeout)
                return connection
            connection.close()
        return None

    def _open(self, proxy: Proxy | None) -> HTTPConnection:
        kind = HTTPSConnection if self._secure else HTTPConnection
        connection = kind(proxy.host if proxy else self._host, proxy.port if proxy else self._port, timeout=self._timeout)
        if proxy and self._secure:
            connection.set_tunnel(self._host, self._port, dict(proxy.headers))
        try:
            connection.connect()
        except (OSError, HTTPException, UnicodeError) as error:
            connection.close()
            raise NotConnected(str(error) or type(error).__name__) from error
        return connection


@contextmanager
def _ended_by_errors(connection: HTTPConnection) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException) as error:
        connection.close()
        raise NotReached(str(error) or type(error).__name__) from error
    except BaseException:  # an interrupt too: half of an answer may be in the socket, so the next request needs another one
        connection.close()
        raise


def _whole(response: HTTPResponse) -> Answer:
    return Answer(response.status, response.reason, response.read(), response.headers.get("Retry-After"))


def _text(response: HTTPResponse) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while data := response.read1(_READ_BYTES):
        yield decoder.decode(data)


def _is_host(name: str) -> bool:
    try:
        return name.isascii() or bool(name.encode("idna"))
    except UnicodeError:
        return False
