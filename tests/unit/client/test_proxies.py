"""Loopback addresses never go through a proxy, which would be shown the token."""

from __future__ import annotations

import pytest

from notifier.client import Client, NotConnected
from notifier.client.proxies import Proxy, is_loopback, proxy_for
from tests.unit.scripted_server import serving

CREATED = b'HTTP/1.1 201 Created\r\nContent-Length: 28\r\n\r\n{"id": "1", "recipients": 1}'
VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*VARIABLES, "REQUEST_METHOD"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.9.9.9",
        "127.1",
        "2130706433",
        "0x7f.1",
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ],
)
@pytest.mark.parametrize("variable", ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_loopback_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch, host: str, variable: str) -> None:
    monkeypatch.setenv(variable, "http://proxy.example:3128")

    assert [proxy_for(scheme, host, 8000) for scheme in ("http", "https")] == [None, None]


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "127.example.com", "localhost.example.com", "::2", "128.0.0.1"])
def test_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
def test_push_to_loopback_asks_no_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with serving(CREATED) as server, Client(server.url.partition("/stream")[0], "a key") as client:
        assert client.push("all", "hello") == {"id": "1", "recipients": 1}


def test_other_hosts_go_through_the_proxy_with_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:a%20b@proxy.example:3128")

    assert proxy_for("https", "example.com", 443) == Proxy("proxy.example", 3128, {"Proxy-Authorization": "Basic bWU6YSBi"})
    assert proxy_for("http", "example.com", 80) is None


def test_plain_http_request_reaches_the_proxy_with_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(CREATED) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.partition("/stream")[0].replace("//", "//me:pw@"))
        with Client("http://notifier.example:8080/base/", "a key") as client:
            client.push("all", "hello")

    head = proxy.requests[0]
    assert head.startswith(b"POST http://notifier.example:8080/base/api/notifications HTTP/1.1\r\n")
    assert b"\r\nHost: notifier.example:8080\r\n" in head
    assert b"\r\nProxy-Authorization: Basic bWU6cHc=\r\n" in head


def test_no_proxy_names_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", ".example.com")

    assert proxy_for("https", "app.example.com", 443) is None
    assert proxy_for("https", "example.org", 443) is not None


def test_unsupported_proxy_is_refused_without_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://me:hunter2@proxy.example")

    with pytest.raises(NotConnected) as refusal:
        proxy_for("https", "example.com", 443)
    assert "hunter2" not in str(refusal.value)
