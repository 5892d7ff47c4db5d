"""TLS to mail servers: whatever is wrong with it, nothing is sent, no attempt counts, and the answer says what it is."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

from notifier.channels.email.smtp import Connections
from notifier.channels.ports import Outcome, Result
from notifier.mail_addresses import MailServer, Tls
from tests.servers.certificates import certificate, serving
from tests.servers.port import LOOPBACK

Wrong = Callable[[Path], Path]
WRONG: dict[str, tuple[Wrong, bool, str]] = {
    "expired": (lambda directory: certificate(directory, ended=timedelta(hours=1)), True, "certificate has expired"),
    "other name": (lambda directory: certificate(directory, address="127.0.0.2"), True, "not valid for '127.0.0.1'"),
    "self-signed": (certificate, False, "self-signed certificate"),
}
"""How a certificate is made, whether this machine trusts its issuer, and what the answer says."""


@contextmanager
def listening(tls: Tls, context: ssl.SSLContext | None) -> Iterator[int]:
    """The port of a mail server that takes everything. `context`: of TLS from the start (`smtps`), or by STARTTLS."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncio.Server:
        starttls = context if tls == "starttls" else None
        return await loop.create_server(lambda: SMTP(Sink(), tls_context=starttls), LOOPBACK, 0, ssl=context if tls == "smtps" else None)

    async def end() -> None:
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def sent(tls: Tls, context: ssl.SSLContext | None, *, expected: Tls | None = None) -> Outcome:
    """How sending a mail to such a server ends. `expected`: what the client is set to, if it is another."""
    with listening(tls, context) as port:
        connections = Connections(MailServer(LOOPBACK, port, expected or tls), "localhost")
        outcome = connections.send("notifier@example.com", "alice@example.com", b"Subject: x\r\n\r\nx\r\n")
        connections.close()
    return outcome


@pytest.mark.parametrize("tls", ["smtps", "starttls"])
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_certificate_is_unreachable_and_named(wrong: str, tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, trusted, said = WRONG[wrong]
    file = make(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file if trusted else certificate(tmp_path)))
    outcome = sent(tls, serving(file))

    assert outcome.result == Result.UNREACHABLE
    assert said in outcome.answer


@pytest.mark.parametrize("tls", ["smtps", "starttls"])
def test_certificate_that_this_machine_trusts_is_good(tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    assert sent(tls, serving(file)).result == Result.ACCEPTED


def test_server_without_tls_where_tls_is_expected_is_unreachable() -> None:
    assert sent("off", None, expected="smtps").result == Result.UNREACHABLE


def test_starttls_that_was_stripped_on_the_way_is_unreachable() -> None:
    """What a middle man does: the server seems to offer none."""
    outcome = sent("off", None, expected="starttls")

    assert outcome.result == Result.UNREACHABLE
    assert "STARTTLS" in outcome.answer
