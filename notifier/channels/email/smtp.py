"""Hand mails to the mail server, over connections that are used again.

What fails before the server has accepted a sender's address is trouble with the connection; what fails after it is about the one mail.
`smtplib` waits cooperatively under gevent.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from notifier.channels import unanswered
from notifier.channels.ports import Outcome, Result
from notifier.mail_addresses import MailServer

_Result = TypeVar("_Result")

_TIMEOUT_SECONDS = 20.0
_IDLE_SECONDS = 15.0
_CLOSING_CODE = 421
# Replies to the mail's text that are about its recipient: no such mailbox, moved, name not allowed.
_BAD_RECIPIENT_CODES = (550, 551, 553)


class _Refused(Exception):
    """A reply that is no success. `bad_target`: it is about the recipient."""

    def __init__(self, code: int, text: bytes, bad_target: bool = False) -> None:
        super().__init__(code)
        self.code, self.text, self.bad_target = code, text, bad_target

    def outcome(self) -> Outcome:
        result = Result.REFUSED if self.code >= 500 else Result.LATER
        return Outcome(result, _shown(self.code, self.text), self.bad_target and result is Result.REFUSED)


class Connections:
    """Connections to one server. `name`: what this host calls itself."""

    def __init__(self, server: MailServer, name: str) -> None:
        self._server = server
        self._name = f"[{name}]" if name.replace(".", "").isdigit() else name
        self._idle: list[tuple[smtplib.SMTP, float]] = []

    def load(self) -> None:
        """Read the authorities of this machine, where the connection is by TLS."""
        if self._server.tls != "off":
            _ = self._tls

    def send(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Send one mail, on an idle connection or a new one."""
        options = [] if recipient.isascii() and sender.isascii() else ["SMTPUTF8"]
        try:
            smtp, code, text = self._begin(sender, options)
        except (OSError, UnicodeError) as error:  # smtplib's errors are OSErrors too
            return Outcome(Result.UNREACHABLE, self._failure(error))
        if code == _CLOSING_CODE:
            smtp.close()
            return Outcome(Result.UNREACHABLE, _shown(code, text))
        return self._finish(smtp, code, text, recipient, mail)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop()[0].close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Made once: reading the authorities of this machine holds up all streams for 20 to 40 ms (measured).
        return ssl.create_default_context()

    def _begin(self, sender: str, options: list[str]) -> tuple[smtplib.SMTP, int, bytes]:
        """A connection, with the server's answer to `MAIL FROM`.

        A server may have closed an idle one: the next is tried.
        """
        while self._idle:
            smtp, since = self._idle.pop()
            if time.monotonic() - since < _IDLE_SECONDS:
                with contextlib.suppress(OSError):
                    return smtp, *smtp.mail(sender, options)
            smtp.close()
        smtp = self._connect()
        return smtp, *_interruptible(smtp, lambda: smtp.mail(sender, options))

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, self._name, timeout=_TIMEOUT_SECONDS, context=self._tls)
        else:
            smtp = smtplib.SMTP(server.host, server.port, self._name, timeout=_TIMEOUT_SECONDS)
        return _interruptible(smtp, lambda: self._sign_in(smtp))

    def _sign_in(self, smtp: smtplib.SMTP) -> smtplib.SMTP:
        smtp.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            smtp.starttls(context=self._tls)
            smtp.ehlo()
        if self._server.user:
            smtp.login(self._server.user, self._server.password)
        return smtp

    def _finish(self, smtp: smtplib.SMTP, code: int, text: bytes, recipient: str, mail: bytes) -> Outcome:
        try:
            return _interruptible(smtp, lambda: self._hand_over(smtp, code, text, recipient, mail))
        except (OSError, UnicodeError) as error:
            return Outcome(Result.LATER, self._failure(error))

    def _hand_over(self, smtp: smtplib.SMTP, code: int, text: bytes, recipient: str, mail: bytes) -> Outcome:
        try:
            outcome = Outcome(Result.ACCEPTED, _shown(*_transaction(smtp, code, text, recipient, mail)))
        except _Refused as refusal:
            outcome = refusal.outcome()
            smtp.rset()
        self._idle.append((smtp, time.monotonic()))
        return outcome

    def _failure(self, error: OSError | UnicodeError) -> str:
        if isinstance(error, smtplib.SMTPResponseException):
            return _shown(error.smtp_code, _bytes(error.smtp_error))
        return unanswered.text(error, _TIMEOUT_SECONDS, self._server.host)


def _transaction(smtp: smtplib.SMTP, code: int, text: bytes, recipient: str, mail: bytes) -> tuple[int, bytes]:
    """The rest of a mail whose `MAIL FROM` was answered with `code`. Raises `_Refused`."""
    if code != 250:
        # A refused sender is no fault of the mail: a mistake in the settings must not give up all that waits.
        raise _Refused(min(code, 499), text)
    code, text = smtp.rcpt(recipient)
    if code not in (250, 251):
        raise _Refused(code, text, bad_target=True)
    try:
        code, text = smtp.data(mail)
    except smtplib.SMTPDataError as error:
        code, text = error.smtp_code, _bytes(error.smtp_error)
    if code != 250:
        raise _Refused(code, text, bad_target=code in _BAD_RECIPIENT_CODES)
    return code, text


def _interruptible(smtp: smtplib.SMTP, work: Callable[[], _Result]) -> _Result:
    """Call `work`.

    A connection in which anything failed, or that was interrupted by a timeout, is not used again.
    """
    try:
        return work()
    except BaseException:  # also gevent's Timeout, which may interrupt an answer half-way; raised again
        smtp.close()
        raise


def _shown(code: int, text: bytes) -> str:
    return f"{code} {text.decode(errors='replace')}"


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
