"""Raw requests on a socket to a real server: chunked, oversized, slow and malformed."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import Databases
from tests.faults.misbehaving import Dribbled, dribble
from tests.people import People
from tests.site import Site

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIMIT = 65_536


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: parsing requests does not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def people(site: Site) -> People:
    return site


def in_pieces(body: bytes, size: int = 5000) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def spoken(url: str, request: bytes) -> int:
    """Send these bytes and return the status of the response."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


def test_chunked_body_is_accepted(dana: Person, alice: Person) -> None:
    body = json.dumps({"to": alice.address, "title": "Hello"}).encode()

    answer = dana.post("/api/notifications", content=iter(in_pieces(body, 7)))

    assert answer.status_code == 201


def test_chunked_body_may_have_the_full_length(dana: Person, alice: Person) -> None:
    body = json.dumps({"to": alice.address, "title": "Hello"}).ljust(LIMIT).encode()

    assert dana.post("/api/notifications", content=iter(in_pieces(body))).status_code == 201


@pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT])
@pytest.mark.parametrize("chunked", [False, True], ids=["at once", "in chunks"])
@pytest.mark.security("S42")
def test_oversized_body_is_refused_and_not_truncated(people: People, dana: Person, alice: Person, size: int, chunked: bool) -> None:
    body = json.dumps({"to": alice.address, "title": "Hello"}).ljust(size).encode()
    before = contents(people)

    answer = dana.post("/api/notifications", content=iter(in_pieces(body)) if chunked else body)

    problem(answer, 413, "too_large")
    assert contents(people) == before


@pytest.mark.parametrize("path", ["/login", "/logout", "/api/auth/login", "/api/notifications/read-all"])
@pytest.mark.parametrize("chunked", [False, True], ids=["at once", "in chunks"])
def test_oversized_form_is_refused_everywhere(site: Site, path: str, chunked: bool) -> None:
    body = b"username=alice&password=" + b"x" * LIMIT

    answer = site.api.post(path, content=iter(in_pieces(body)) if chunked else body, headers=FORM)

    problem(answer, 413, "too_large")


@pytest.mark.slow
@pytest.mark.security("S43")
def test_slow_body_times_out_without_delaying_others(site: Site, dana: Person) -> None:
    paths = [("/api/notifications", False), ("/api/notifications", True), ("/api/auth/login", False), ("/login", True)]
    with ThreadPoolExecutor(len(paths)) as pool:
        slow = [pool.submit(dribble, site.url + path, dana.token, chunked=chunked, within=20) for path, chunked in paths]
        assert site.api.get("/healthz", timeout=1).status_code == 200
        ends: list[Dribbled] = [end.result() for end in slow]

    assert [end.status for end in ends] == [408] * len(paths)
    assert all(9 < end.seconds < 13 for end in ends)


@pytest.mark.slow
@pytest.mark.security("S43")
def test_what_follows_a_chunk_that_came_too_late_is_no_request(site: Site, dana: Person) -> None:
    address = urlsplit(site.url)
    head = (
        f"POST /api/notifications HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {dana.token}\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{{"
    )
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head.encode())
        received = connection.recv(65_536)
        assert received.startswith(b"HTTP/1.1 408 ")
        with suppress(ConnectionError):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            while data := connection.recv(65_536):
                received += data
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400),
        (b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n", 400),
        (b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Request-ID: a\x00b\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(120)) + b"\r\n", 431),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
    ids=lambda value: ascii(value)[-30:],
)
@pytest.mark.security("S50")
def test_malformed_request_is_refused(site: Site, request_: bytes, status: int) -> None:
    assert spoken(site.url, request_) == status


@pytest.mark.parametrize(
    "path", ["/%ff", "/%00", "/api/notifications/%F0%9F%92%A9", "/api/notifications/%ff%fe", "/static/%00", "/..%2f..%2fetc/passwd"]
)
def test_path_of_invalid_bytes_returns_404(site: Site, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()

    assert spoken(site.url, request) == 404


@pytest.mark.parametrize(
    "header", [b"Authorization: Bearer \xff\xfe", b"Cookie: access_token_cookie=\xff", b"Cookie: \xff\xff;;;=", b"Authorization: \xff"]
)
def test_token_of_invalid_bytes_is_refused(site: Site, header: bytes) -> None:
    request = b"GET /api/notifications HTTP/1.1\r\nHost: a\r\n%b\r\nConnection: close\r\n\r\n" % header

    assert spoken(site.url, request) == 401


@pytest.mark.parametrize(
    "header", [b"X-Request-ID: \xfc", b"Last-Event-ID: \xff", b"X-Forwarded-For: \xff", b"Sec-Fetch-Site: \xff", b"Accept: \xff"]
)
def test_header_of_invalid_bytes_is_harmless(site: Site, header: bytes) -> None:
    request = b"GET /login HTTP/1.1\r\nHost: a\r\n%b\r\nConnection: close\r\n\r\n" % header

    assert spoken(site.url, request) == 200


@pytest.mark.security("S50")
def test_request_after_a_refused_one_is_parsed_correctly(site: Site) -> None:
    """The unread rest of a refused body is not parsed as a request."""
    inner = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    with httpx.Client(base_url=site.url, trust_env=False) as client:
        for _ in range(3):
            assert client.post("/api/auth/login", content=inner * 3000).status_code == 413
            assert client.get("/nothing").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-SSL", "Forwarded"])
@pytest.mark.parametrize("value", ["https", "ssl", "on", "proto=https"])
@pytest.mark.security("S48")
def test_forwarded_proto_is_ignored_without_trusted_proxy(site: Site, header: str, value: str) -> None:
    assert "strict-transport-security" not in site.api.get("/healthz", headers={header: value}).headers
