"""Certificates of an authority of one's own: webhooks and destinations accept those that this machine trusts, and no others."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.channels import egress, webhook
from notifier.channels.destination import guarded_requests, services
from notifier.channels.ports import Item, Kind, Outcome, Outgoing, Result
from tests.outbox.receiver import Receiver
from tests.servers.certificates import Authority, certificate, serving

ITEM = Item("1", "info", "normal", "Title", "Text", "", "", "")
CONTEXTS = (egress._context, guarded_requests._context)


def _call(url: str) -> Outcome:
    return webhook.call(url, [webhook.new_secret()], "msg_1", 1_700_000_000, b"{}", private=True)


def _post(url: str) -> Outcome:
    address = url.replace("https:", "jsons:")
    return services.send(Outgoing("1", Kind.MESSAGE, "ops", "", "", (ITEM,), address=address), private=True)


CHANNELS = pytest.mark.parametrize("send", [_call, _post], ids=["webhook", "destination"])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """One that this process trusts, as its contexts are made anew."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    for context in CONTEXTS:
        context.cache_clear()
    yield authority
    for context in CONTEXTS:
        context.cache_clear()


@CHANNELS
def test_certificate_of_a_trusted_authority_is_accepted(send: Callable[[str], Outcome], authority: Authority, tmp_path: Path) -> None:
    with Receiver(serving(certificate(tmp_path, issuer=authority))) as receiver:
        assert send(receiver.url).result is Result.ACCEPTED
        assert send(receiver.url).result is Result.ACCEPTED

    assert len(receiver.calls) == 2


@CHANNELS
@pytest.mark.usefixtures("authority")
def test_certificate_of_another_authority_is_refused(send: Callable[[str], Outcome], tmp_path: Path) -> None:
    other = Authority(tmp_path, "Another one")
    with Receiver(serving(certificate(tmp_path, issuer=other))) as receiver:
        outcome = send(receiver.url)

    assert outcome.result is Result.LATER and "The certificate is not valid: unable to get local issuer" in outcome.answer
    assert receiver.calls == []


@CHANNELS
def test_certificate_for_another_host_is_refused(send: Callable[[str], Outcome], authority: Authority, tmp_path: Path) -> None:
    with Receiver(serving(certificate(tmp_path, address="127.0.0.2", issuer=authority))) as receiver:
        outcome = send(receiver.url)

    assert outcome.result is Result.LATER and "The certificate is not valid" in outcome.answer
    assert receiver.calls == []


def test_authorities_are_read_once_and_not_for_each_connection(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading those of a machine takes 20 to 40 ms, in which no stream is served."""
    read: list[object] = []
    with Receiver(serving(certificate(tmp_path, issuer=authority))) as receiver:
        _call(receiver.url)
        _post(receiver.url)
        for name in ("load_verify_locations", "load_default_certs"):
            monkeypatch.setattr(ssl.SSLContext, name, lambda *found, **_: read.append(found))
        assert _call(receiver.url).result is _post(receiver.url).result is Result.ACCEPTED

    assert read == []
