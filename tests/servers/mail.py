"""A mail server for tests, in a process of its own: see `mail_program` for how it answers."""

from __future__ import annotations

import functools
import json
import os
import sys
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import cast

from tests.servers.port import LOOPBACK
from tests.servers.server import Server

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mail:
    """A mail that the server took. `raw`: its bytes."""

    to: str
    sender: str
    raw: bytes

    @functools.cached_property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @functools.cached_property
    def headers(self) -> EmailMessage:
        """The headers alone, in a sixth of the time."""
        return BytesHeaderParser(policy=policy.default).parsebytes(self.raw)

    @property
    def id(self) -> str:
        return str(self.headers["Message-ID"])

    def part(self, kind: str) -> str:
        """The text of the part `plain` or `html`."""
        found = self.parsed.get_body((kind,))
        assert found is not None
        return str(cast(EmailMessage, found).get_content())


class MailServer(Server):
    """Restarts on the same port, and keeps the mails."""

    def __init__(self) -> None:
        super().__init__()
        self._taken: list[Mail] = []

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    def launch(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
        command = [sys.executable, "-m", "tests.servers.mail_program", str(self.port), str(self.home)]
        self._run(command, env=environment | {"PYTHONPATH": str(_ROOT)})

    def answers(self) -> bool:
        return self._port.listening()

    def mails(self, to: str | None = None) -> list[Mail]:
        """The mails that were taken, in order; those to one address if given."""
        for line in self._lines("mails.jsonl")[len(self._taken) :]:
            found = json.loads(line)
            self._taken.append(Mail(found["to"], found["from"], found["mail"].encode("utf-8", "surrogateescape")))
        return [mail for mail in self._taken if to is None or mail.to == to]

    def attempts(self, to: str) -> int:
        """How often the server was asked to take a mail for `to`."""
        return self._lines("attempts").count(to)

    def hold(self) -> None:
        """Hold what is to be held, also after a `release`."""
        (self.home / "release").unlink(missing_ok=True)

    def release(self) -> None:
        """Answer what is held, and hold no more."""
        (self.home / "release").touch()

    def _lines(self, name: str) -> list[str]:
        file = self.home / name
        # Without an unfinished last line: the program may be writing it.
        return file.read_text().rpartition("\n")[0].splitlines() if file.exists() else []
