"""The functions of `requests` behind the egress guard, for Apprise's modules.

Each connection goes to an address that was checked (`guard.connect`), whatever the name leads to a moment later. No redirects, no proxy,
no settings of the environment; time and size of an answer are bounded. Outside of an `attempt` every request is refused.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial
from http.client import HTTPException, responses
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from notifier.channels import guard, unanswered
from notifier.channels.guard import NotAllowed

REQUEST_TIMEOUT_SECONDS = 5.0
"""For a lookup with its connection, and for each wait for more of an answer."""
MAX_ANSWER_BYTES = 65_536
"""Bytes of an answer that are read. Some services answer more than the few that a webhook does."""
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_HARMLESS = ("RequestException", "Timeout", "TooManyRedirects", "ConnectionError", "HTTPError", "Response", "auth", "codes", "exceptions")


@dataclass(slots=True)
class Attempt:
    """What came of the requests of one attempt.

    The texts hold no part of an address but its host: the rest is a secret.
    """

    private: bool
    refusal: str = ""
    answer: str = ""
    retry_after: str = ""


_current: ContextVar[Attempt] = ContextVar("attempt")


@contextmanager
def attempt(*, private: bool) -> Iterator[Attempt]:
    """Permit requests to what the guard allows. `private`: the setting `ALLOW_PRIVATE_TARGETS`."""
    token = _current.set(Attempt(private))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


class GuardedRequests:
    """What Apprise's modules find as `requests`.

    What is not named here is no attribute, so that no request passes the guard by.
    """

    def __init__(self) -> None:
        self.Session = _Session
        for method in _METHODS:
            setattr(self, method, partial(self.request, method))

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        with _Session() as session:
            return session.request(method, url, **options)

    def __getattr__(self, name: str) -> Any:
        if name in _HARMLESS:
            return getattr(requests, name)
        raise AttributeError(name)


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # no proxy, and no passwords of a file in the home directory
        adapter = _Adapter()
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        return super().send(request, **options | {"allow_redirects": False})


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        self.poolmanager = PoolManager(1, ssl_context=_context())
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Trust the authorities that the context holds, as webhooks do.

        Those of requests would be read for each connection, which holds up all streams for 20 to 40 ms (measured).
        """
        conn.cert_reqs = "CERT_REQUIRED"

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send with options of this module, whatever an address or Apprise asked for."""
        current = _current.get(None)
        if current is None:
            raise requests.exceptions.InvalidURL("not allowed: a request outside of an attempt")
        try:
            response = super().send(request, stream=True, timeout=REQUEST_TIMEOUT_SECONDS, verify=True, cert=None, proxies=None)
            if 300 <= response.status_code < 400:
                raise NotAllowed(f"the answer {response.status_code} is a redirect")
        except NotAllowed as refusal:
            current.refusal = str(refusal)
            raise requests.exceptions.InvalidURL(current.refusal) from None
        except requests.RequestException as error:
            current.answer = _why(error, request.url or "")
            raise
        current.answer = f"{response.status_code} {_phrase(response.status_code)}".strip()
        current.retry_after = response.headers.get("Retry-After", "")
        _read(response)
        return response


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect("http", self)


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect("https", self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _connect(scheme: str, connection: HTTPConnection) -> socket.socket:
    deadline = time.monotonic() + REQUEST_TIMEOUT_SECONDS
    connected = guard.connect(scheme, connection.host.strip("[]"), connection.port, deadline, private=_current.get().private)
    connected.settimeout(REQUEST_TIMEOUT_SECONDS)
    return connected


def _read(response: requests.Response) -> None:
    """Read the beginning of the body.

    The status counts, and what was accepted must not be sent again for the sake of the text.
    """
    try:
        content = response.raw.read(MAX_ANSWER_BYTES, decode_content=True)
    except (HTTPError, HTTPException, OSError):  # cut off, too slow, or in an encoding that it is not
        content = b""
    response._content, response._content_consumed = content, True  # type: ignore[attr-defined]
    response.close()


def _why(error: requests.RequestException, url: str) -> str:
    """Why there was no answer.

    By the error below those of requests and urllib3: their texts hold the address.
    """
    below: BaseException | None = TimeoutError() if isinstance(error, requests.Timeout) else error
    while isinstance(below, (requests.RequestException, HTTPError)):
        below = below.__context__
    if isinstance(below, (OSError, HTTPException)):
        return unanswered.text(below, REQUEST_TIMEOUT_SECONDS, urlsplit(url).hostname or "")
    return type(error).__name__


def _phrase(status: int) -> str:
    """The standard's text for a status: the answer's own may repeat the address."""
    return responses.get(status, "")


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
