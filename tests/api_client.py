"""HTTP client for the API: requests with and without a token, signed-in users, and problem documents."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any

import httpx

from tests.sse import Inbox, Stream

STREAM_PATH = "/api/notifications/stream"
_CODES_OF_401 = {"token_missing", "token_invalid", "token_expired", "token_revoked", "credentials_invalid"}


class Api:
    """The API of one server. Stores no cookies: a request carries only the headers that the test passes."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """`transport`: for example WSGI instead of the network."""
        self.url = url
        # Shorter than the server's keep-alive: a connection is never used in the moment the server closes it.
        limits = httpx.Limits(keepalive_expiry=1.0)
        self._client = httpx.Client(base_url=url, timeout=10.0, limits=limits, trust_env=False, verify=False, transport=transport)
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __enter__(self) -> Api:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def request(self, method: str, path: str, token: str | None = None, **kwargs: Any) -> httpx.Response:
        """Send a request; `kwargs` as for `httpx.Client.request`."""
        headers = dict(kwargs.pop("headers", None) or {})
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token}")
        return self._client.request(method, path, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("POST", path, **kwargs)

    def login(self, name: str, password: str) -> Person:
        """Sign in. Raises `AssertionError` when that fails; use `post` to test a sign-in that should fail."""
        answer = self.post("/api/auth/login", json={"username": name, "password": password})
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return Person(self, password, answer.json())

    def close(self) -> None:
        self._client.close()


class Person:
    """A signed-in user with requests, sends and streams. `close` ends the streams opened through it."""

    def __init__(self, api: Api, password: str, signed_in: dict[str, Any]) -> None:
        self.api = api
        self.password = password
        self.id: str = signed_in["user"]["id"]
        self.name: str = signed_in["user"]["username"]
        self.role: str = signed_in["user"]["role"]
        self.token: str = signed_in["access_token"]
        self.refresh_token: str = signed_in.get("refresh_token", "")
        self._open: list[Stream | Inbox] = []

    def __repr__(self) -> str:
        return f"<{self.name}, {self.role}>"

    @property
    def address(self) -> str:
        """The address of this user in a message's `to`."""
        return f"user:{self.name}"

    def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        return self.api.request(method, path, self.token, **kwargs)

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("POST", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("DELETE", path, **kwargs)

    def send(self, to: str | Person | list[str], **fields: Any) -> dict[str, Any]:
        """Send a message and return the response body. Raises `AssertionError` when the server refuses it."""
        audience = to.address if isinstance(to, Person) else to
        answer = self.post("/api/notifications", json={"to": audience, "title": "Hello"} | fields)
        assert answer.status_code in (201, 202), f"{answer.status_code} {answer.text}"
        sent: dict[str, Any] = answer.json()
        return sent

    def stream(self, path: str = STREAM_PATH, **kwargs: Any) -> Stream:
        """Request this user's stream, which the server may refuse. `kwargs` as for `Stream`."""
        stream = Stream(self.api.url + path, self.token, **kwargs)
        self._open.append(stream)
        return stream

    def connected(self, path: str = STREAM_PATH, **kwargs: Any) -> Stream:
        """Open this user's stream and read its `connected` event."""
        stream = self.stream(path, **kwargs)
        stream.until("connected")
        return stream

    def inbox(self) -> Inbox:
        """A client that keeps this user's notifications as the delivery promise asks of it; not connected yet."""
        inbox = Inbox(self.api.url, self.token)
        self._open.append(inbox)
        return inbox

    def sign_in_again(self) -> Person:
        """Sign the same user in a second time."""
        return self.api.login(self.name, self.password)

    def close(self) -> None:
        for each in self._open:
            each.close()


def problem(answer: httpx.Response | Stream, status: int, code: str | None = None, field: str | None = None) -> dict[str, Any]:
    """Return the problem document (RFC 9457) after checking its form, its `code` and the invalid `field`."""
    response = answer.response if isinstance(answer, Stream) else answer
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.text}"
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    for member in ("type", "title", "detail", "code"):
        assert isinstance(document[member], str) and document[member], f"{member} in {document}"
    for error in document.get("errors", []):
        assert error.keys() == {"field", "detail"} and error["detail"], error
    if status == 401:
        assert document["code"] in _CODES_OF_401, document
        assert response.headers["www-authenticate"] == "Bearer"
    if status in (429, 503):
        assert int(response.headers["retry-after"]) >= 0
    if code is not None:
        assert document["code"] == code, document
    if field is not None:
        assert field in [error["field"] for error in document.get("errors", [])], document
    return document
