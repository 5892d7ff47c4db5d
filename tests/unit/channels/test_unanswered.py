"""Attempts that nobody answered, in plain texts."""

from __future__ import annotations

import socket
import ssl
from http.client import BadStatusLine, RemoteDisconnected

import pytest

from notifier.channels import unanswered
from notifier.channels.destination import services
from notifier.channels.egress import Unanswered, post
from notifier.channels.ports import Item, Kind, Outgoing
from tests.cases import failures

NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
NO_TLS.reason = "WRONG_VERSION_NUMBER"
PLAIN = [
    (NO_NAME, "The name hooks.example.com was not found"),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "The name hooks.example.com could not be looked up: no name server answered"),
    (TimeoutError("timed out"), "No answer within 2.5 s"),
    (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
    (ConnectionResetError(104, "Connection reset by peer"), "The connection was closed without an answer"),
    (RemoteDisconnected("Remote end closed connection without response"), "The connection was closed without an answer"),
    (BadStatusLine("220 smtp"), "The answer is not HTTP"),
    (OSError(113, "No route to host"), "No route to host"),
    (NO_TLS, "No TLS connection: wrong version number"),
    (ConnectionError("The answer is too long"), "The answer is too long"),
]


def test_errors_are_named_in_plain_texts() -> None:
    def check(case: tuple[Exception, str]) -> None:
        assert unanswered.text(case[0], 2.5, "hooks.example.com") == case[1]

    assert not failures(PLAIN, check)
    assert unanswered.text(NO_NAME, 2.5) == "The name was not found"


def test_a_name_that_is_not_found_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By webhooks and by destinations, whose errors lie below those of other packages, with the secret address in their texts."""

    def look_up(host: str, *_: object, **__: object) -> None:
        raise NO_NAME if host == "hooks.example.com" else UnicodeError("label too long")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for host in ("hooks.example.com", f"{'a' * 64}.example.com"):
        with pytest.raises(Unanswered, match=f"^The name {host} was not found$"):
            post(f"https://{host}/s3cret", b"", {})
    item = Item("1", "info", "normal", "Title", "", "", "", "")
    sent = services.send(Outgoing("1", Kind.MESSAGE, "ops", "", "", (item,), address="jsons://hooks.example.com/s3cret"), private=False)
    assert sent.answer == "JSON did not take it: The name hooks.example.com was not found"
