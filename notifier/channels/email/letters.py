"""Write the mail of a delivery: headers, text and HTML.

Headers by RFC 5322 and 2047, lists by 2369, 2919 and 8058, automatic mail by 3834.
"""

from __future__ import annotations

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, localtime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from notifier import mail_addresses
from notifier.channels.one_line import one_line
from notifier.channels.ports import Kind, Outgoing
from notifier.mail_addresses import Mailbox

_MAX_SUBJECT_LENGTH = _MAX_NAME_LENGTH = 200
_SUBJECTS = {Kind.CONFIRM: "Confirm your e-mail address", Kind.TEST: "Test mail"}
_DIGESTS = {"hourly": "of the last hour", "daily": "of the day", "weekly": "of the week"}


class _Policy(EmailPolicy):
    """Writes headers that hold one long address unfolded.

    Folded they would be encoded, which clients do not read.
    """

    _WHOLE = ("message-id", "references", "list-unsubscribe")

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in self._WHOLE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep, cte_type="7bit")


class Letters:
    """Writes mails from `sender`. `host`: the domain of their ids.

    `templates`: the directory of their templates.
    """

    def __init__(self, sender: Mailbox, host: str, templates: Path) -> None:
        self._sender = _address(sender.name, sender.address)
        self._host = host.encode("idna").decode() if host else "localhost"
        self._jinja = Environment(
            loader=FileSystemLoader(templates),
            autoescape=select_autoescape(["html"]),
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )

    def write(self, outgoing: Outgoing) -> bytes:
        """The mail, as it is sent."""
        letter = self.letter(outgoing)
        utf8 = not outgoing.target.rpartition("@")[0].isascii()
        return letter.as_bytes(policy=_POLICY.clone(utf8=utf8))

    def letter(self, outgoing: Outgoing) -> EmailMessage:
        letter = EmailMessage(_POLICY)
        letter["Subject"] = subject(outgoing)
        letter["From"] = self._sender
        letter["To"] = _address(one_line(outgoing.user, _MAX_NAME_LENGTH), outgoing.target)
        letter["Date"] = format_datetime(localtime())
        letter["Message-ID"] = f"<{outgoing.id}@{self._host}>"
        letter["Auto-Submitted"] = "auto-generated"
        if outgoing.thread:
            letter["References"] = f"<thread.{_digest(outgoing.thread)}@{self._host}>"
        if outgoing.list_id:
            letter["List-Id"] = f"{one_line(outgoing.category, _MAX_NAME_LENGTH)} <{outgoing.list_id}.{self._host}>"
        if outgoing.unsubscribe:
            letter["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        context = {"mail": outgoing, "subject": subject(outgoing)}
        text, html = (self._jinja.get_template(f"{outgoing.kind}.{kind}").render(context) for kind in ("txt", "html"))
        letter.set_content(text, cte="quoted-printable")
        letter.add_alternative(html, subtype="html", cte="quoted-printable")
        return letter


def subject(outgoing: Outgoing) -> str:
    """The title, or for a digest what is in it."""
    if outgoing.kind == Kind.MESSAGE:
        return one_line(outgoing.items[0].title, _MAX_SUBJECT_LENGTH)
    if outgoing.kind == Kind.DIGEST:
        count = len(outgoing.items) + outgoing.more
        return f"{count} unread {'notification' if count == 1 else 'notifications'} {_DIGESTS.get(outgoing.frequency, '')}".strip()
    return _SUBJECTS[outgoing.kind]


def _address(name: str, address: str) -> Address:
    """Built from its parts: the parser of `addr_spec` refuses other scripts before the @."""
    local, _, domain = mail_addresses.ascii_domain(address).rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return Address(name, local, domain)


def _digest(thread: str) -> str:
    return hashlib.sha256(thread.encode()).hexdigest()[:24]
