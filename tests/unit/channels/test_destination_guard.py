"""The guard holds inside Apprise: no request leaves but to an address that was checked, whatever an address or a service asks for."""

from __future__ import annotations

import contextvars
import socket
from collections.abc import Callable

import pytest

from notifier.channels import guard
from notifier.channels.destination import guarded_requests, service_of, services
from notifier.channels.guard import NotAllowed
from notifier.channels.ports import Item, Kind, Outcome, Outgoing, Result
from tests.cases import failures
from tests.outbox.receiver import Receiver

ITEM = Item("1", "error", "normal", "Title", "Text", "", "", "")
HOOK = "jsons://hooks.example.com/s3cret"
WRONG = [
    *(
        "",
        "x",
        "://",
        "https://hooks.example.com/",
        "json://hooks.example.com/",
        "jsons://localhost/",
        "jsons://a.local/",
        "jsons://127.0.0.1/",
    ),
    *("jsons://[::1]/", "jsons://[::ffff:10.0.0.1]/", "jsons://10.0.0.1/", "jsons://169.254.169.254/", "ntfy://10.0.0.1/topic"),
    *("syslog://", "rsyslog://hooks.example.com", "dbus://", "windows://", "macosx://", "gnome://", "mailto://a:b@example.com"),
    *("mqtt://hooks.example.com/a", "irc://hooks.example.com/a", "vapid://a@example.com/b", "file:///etc/passwd"),
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd",
    "fcm://project/device/?keyfile=/etc/passwd&mode=oauth2",
    "tgram://123456789:AABBCCddeeff-AABBCCddeeff_AABBCCddee/1/2",
]


def send(address: str, *, private: bool = False, item: Item = ITEM) -> Outcome:
    return services.send(Outgoing("1", Kind.MESSAGE, "ops", "", "", (item,), address=address), private=private)


def here(receiver: Receiver, scheme: str = "json:") -> str:
    return receiver.url.replace("http:", scheme)


def test_addresses_are_refused_before_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _never)

    def check(address: str) -> None:
        with pytest.raises(NotAllowed, match=r"^not allowed: "):
            service_of(address, private=False)
        assert send(address).result is Result.REFUSED

    assert not failures(WRONG, check)
    assert service_of(HOOK, private=False) == "JSON"
    assert service_of("json://127.0.0.1:9/", private=True) == "JSON"


def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_connect", _never)
    for found in (["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:10.0.0.1"]):
        monkeypatch.setattr(socket, "getaddrinfo", _resolver(found))
        outcome = send(HOOK)
        assert outcome.result is Result.REFUSED and outcome.answer.startswith("not allowed: hooks.example.com leads to ")


def test_a_name_that_changes_after_the_check_is_not_looked_up_again(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    connected: list[object] = []

    def connect(found: list[guard.Found], deadline: float) -> socket.socket:
        connected.extend(address[0] for _, address in found)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", _resolver(["8.8.8.8"], ["127.0.0.1"]))
    monkeypatch.setattr(guard, "_connect", connect)

    assert send(HOOK) == Outcome(Result.LATER, "JSON did not take it: Connection refused")
    assert connected == ["8.8.8.8"] and receiver.calls == []


def test_redirects_are_refused_whatever_the_address_asks_for(receiver: Receiver) -> None:
    for status in (301, 302, 303, 307, 308):
        receiver.status, receiver.location = status, receiver.url
        outcome = send(f"{here(receiver)}?redirect=yes", private=True)
        assert (outcome.result, outcome.answer) == (Result.REFUSED, f"not allowed: the answer {status} is a redirect")

    assert len(receiver.calls) == 5


def test_no_proxy_and_no_passwords_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert send(here(receiver), private=True).result is Result.ACCEPTED
    assert len(receiver.calls) == 1 and "proxy-connection" not in receiver.calls[0].headers


def test_certificates_are_verified_whatever_the_address_asks_for(receiver: Receiver) -> None:
    outcome = send(f"{here(receiver, 'jsons:')}?verify=no", private=True)

    assert outcome.answer.startswith("JSON did not take it: No TLS connection: ") and receiver.calls == []


def test_requests_outside_of_an_attempt_are_refused(receiver: Receiver) -> None:
    guarded = guarded_requests.GuardedRequests()
    with guarded_requests.attempt(private=True):
        assert guarded.request("POST", receiver.url, data=b"{}").status_code == 204
        with pytest.raises(guarded.exceptions.InvalidURL):
            contextvars.Context().run(guarded.request, "POST", receiver.url, data=b"{}")
    with pytest.raises(guarded.exceptions.InvalidURL):
        guarded.Session().post(receiver.url, data=b"{}")

    assert len(receiver.calls) == 1


def test_functions_that_are_not_guarded_are_not_there() -> None:
    guarded = guarded_requests.GuardedRequests()
    for name in ("api", "sessions", "adapters", "packages", "session"):
        with pytest.raises(AttributeError):
            getattr(guarded, name)


def test_the_answer_is_a_status_and_a_wait(receiver: Receiver) -> None:
    receiver.status, receiver.retry_after = 503, "120"
    outcome = send(here(receiver), private=True)

    assert outcome.answer == "JSON did not take it: 503 Service Unavailable"
    assert outcome.retry_after is not None and outcome.retry_after.total_seconds() == 120


def _never(*_: object, **__: object) -> socket.socket:
    raise AssertionError("connected")


def _resolver(*answers: list[str]) -> Callable[..., list[tuple[object, ...]]]:
    left = list(answers)

    def resolve(_host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    return resolve
