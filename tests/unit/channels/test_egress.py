"""The egress guard: which addresses are public, one lookup, no redirects, and bounds of time and size."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest

from notifier.channels import egress, guard
from notifier.channels.egress import Unanswered
from notifier.channels.guard import NotAllowed
from tests.cases import failures
from tests.servers.certificates import certificate, serving

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
NOT_PUBLIC = [
    *("127.0.0.1", "127.255.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "100::1", "::7f00:1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1"),
    *("2002:7f00:1::1", "2002:a00:1::1", "2001:0:7f00:1::1"),
]
WRONG = [
    *("http://example.com/", "ftp://example.com/", "//example.com/", "example.com", "", "https://", "https:///a", "file:///etc/passwd"),
    *("https://user@example.com/", "https://user:secret@example.com/", "https://@example.com/", "https://[::1", "https://a:99999/"),
    *("https://a:0/", "https://exa mple.com/", "https://example.com/\r\nHost: b", "https://exämple.com/", "https://localhost/"),
    *("https://a.localhost/", "https://localhost./", "https://printer.local/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/"),
    *("https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest/"),
]
OK = b"HTTP/1.1 204 No Content\r\nX-Kind: test\r\n\r\n"


def test_only_addresses_on_the_internet_are_public() -> None:
    wrong = [one for one in PUBLIC if not guard.is_public(ip_address(one))]

    assert not wrong + [one for one in NOT_PUBLIC if guard.is_public(ip_address(one))]


def test_addresses_are_refused_without_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_connect", _never)

    assert not failures(WRONG, lambda url: _refused(lambda: egress.check_url(url)))
    assert not failures(WRONG, lambda url: _refused(lambda: egress.post(url, b"", {})))
    egress.check_url("https://hooks.example.com:8443/a?b=c")
    egress.check_url("http://127.0.0.1:9000/", private=True)
    _refused(lambda: egress.check_url("http://8.8.8.8/", private=True))


def test_names_that_lead_to_private_addresses_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other forms of an address are names for the resolver: 2130706433 is 127.0.0.1."""
    monkeypatch.setattr(guard, "_connect", _never)
    for host in ("2130706433", "0x7f.1", "0177.0.0.1"):
        _refused(partial(egress.post, f"https://{host}/", b"", {}))
    for found in (["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%1"]):
        monkeypatch.setattr(socket, "getaddrinfo", _resolver(found))
        _refused(lambda: egress.post("https://hooks.example.com/", b"", {}))


def test_the_checked_address_is_connected_to_without_a_second_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[object] = []

    def connect(found: list[guard.Found], deadline: float) -> socket.socket:
        connected.extend(address[0] for _, address in found)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", _resolver(["8.8.8.8"], ["127.0.0.1"]))
    monkeypatch.setattr(guard, "_connect", connect)

    with pytest.raises(Unanswered, match=r"^Connection refused$"):
        egress.post("https://hooks.example.com/", b"", {})
    assert connected == ["8.8.8.8"]


def test_a_request_arrives_as_it_was_given() -> None:
    with _server(OK) as (url, requests):
        answer = egress.post(f"{url}a/b?c=d", b'{"a": 1}', {"Content-Type": "application/json", "X-Own": "1"}, private=True)

    assert (answer.status, answer.headers["x-kind"], answer.body) == (204, "test", b"")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:") and b"\r\nX-Own: 1" in head
    assert b"\r\nContent-Length: 8" in head and body == b'{"a": 1}'


def test_a_private_target_is_not_connected_to() -> None:
    with _server(OK) as (url, requests):
        _refused(lambda: egress.post(url.replace("http:", "https:"), b"", {}))

    assert not requests


def test_redirects_are_refused() -> None:
    for status in (301, 302, 303, 307, 308):
        with _server(b"HTTP/1.1 %d Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n" % status) as (url, requests):
            _refused(partial(egress.post, url, b"", {}, private=True))
        assert len(requests) == 1


def test_a_large_answer_is_cut() -> None:
    large = b"x" * 100_000
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"186a0\r\n" + large + b"\r\n0\r\n\r\n"
    for answer in (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + large, b"HTTP/1.0 200 OK\r\n\r\n" + large, chunked):
        with _server(answer) as (url, _):
            found = egress.post(url, b"", {}, private=True)
        assert found.status == 200 and len(found.body) <= egress.MAX_ANSWER_BYTES


def test_endless_heads_and_no_http_are_no_answers() -> None:
    for answer in (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000, b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 70_000, b"220 smtp\r\n", b""):
        with _server(answer) as (url, _), pytest.raises(Unanswered):
            egress.post(url, b"", {}, private=True)


def test_a_slow_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, all of them would not."""
    monkeypatch.setattr(egress, "REQUEST_TIMEOUT_SECONDS", 0.3)
    with _server(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 90, slowly=True) as (url, _), pytest.raises(Unanswered, match="No answer within"):
        egress.post(url, b"", {}, private=True)


def test_a_slow_lookup_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(egress, "REQUEST_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: ended.wait(30) and [])

    with pytest.raises(Unanswered, match="No answer within"):
        egress.post("https://hooks.example.com/", b"", {})
    ended.set()


def test_certificates_are_verified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = certificate(tmp_path)
    server = serving(file)
    with _server(OK, tls=server) as (url, requests), pytest.raises(Unanswered, match="The certificate is not valid: self-signed"):
        egress.post(url, b"", {}, private=True)
    assert requests == []
    trusting = ssl.create_default_context(cafile=file)
    monkeypatch.setattr(egress, "_context", lambda: trusting)
    with _server(OK, tls=server) as (url, _):
        assert egress.post(url, b"", {}, private=True).status == 204
    with _server(OK, tls=server) as (url, _), pytest.raises(Unanswered, match="The certificate is not valid: Hostname mismatch"):
        egress.post(url.replace("127.0.0.1", "localhost"), b"", {}, private=True)


def _refused(call: Callable[[], object]) -> None:
    with pytest.raises(NotAllowed, match=r"^not allowed: "):
        call()


def _never(*_: object) -> socket.socket:
    raise AssertionError("connected")


def _resolver(*answers: list[str]) -> Callable[..., list[tuple[object, ...]]]:
    left = list(answers)

    def resolve(_host: str, port: int, **_named: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    return resolve


@contextmanager
def _server(answer: bytes, *, slowly: bool = False, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server of one connection on loopback, with the bytes of its answer."""
    requests: list[bytes] = []
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def run() -> None:
            try:
                plain, _ = listening.accept()
                with plain if tls is None else tls.wrap_socket(plain, server_side=True) as client:
                    requests.append(_request(client))
                    for at in range(0, len(answer), 1) if slowly else ():
                        client.sendall(answer[at : at + 1])
                        if ended.wait(0.02):
                            break
                    if not slowly:
                        client.sendall(answer)
            except OSError:
                return  # the client hung up, which is what some tests are about

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{listening.getsockname()[1]}/", requests
        ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _request(client: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        found += client.recv(65_536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body
