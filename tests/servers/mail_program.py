"""An SMTP server that answers by the recipient's address, and writes each mail that it takes as a line of JSON.

The part of the address before the first dot decides: `later` 451, `never` 550, `content` 550 after the text, `slow` takes a while,
`hang` never answers the text, `drop` closes the connection after it, `held` answers once the file `release` exists.
Anything else is taken at once.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.port import LOOPBACK

_SLOW_SECONDS = 0.3
_PAUSE_SECONDS = 0.01


class Recorder:
    """Handlers of aiosmtpd. `directory`: holds `mails.jsonl`, `attempts` and `release`."""

    def __init__(self, directory: Path) -> None:
        self._mails = directory / "mails.jsonl"
        self._attempts = directory / "attempts"
        self._release = directory / "release"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        with self._attempts.open("a") as attempts:
            attempts.write(f"{address}\n")
        if address.startswith("later."):
            return "451 try again later"
        if address.startswith("never."):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        (address,) = envelope.rcpt_tos
        kind = address.partition(".")[0]
        if kind == "content":
            return "550 not this text"
        if kind == "hang":
            await asyncio.Event().wait()
        if kind == "slow":
            await asyncio.sleep(_SLOW_SECONDS)
        content = envelope.original_content or b""
        with self._mails.open("a") as mails:
            mails.write(json.dumps({"to": address, "from": envelope.mail_from, "mail": content.decode("utf-8", "surrogateescape")}) + "\n")
        if kind == "drop":
            server.transport.abort()
        while kind == "held" and not self._release.exists():
            await asyncio.sleep(_PAUSE_SECONDS)
        return "250 taken"


async def serve(port: int, directory: Path) -> None:
    recorder = Recorder(directory)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(recorder, enable_SMTPUTF8=True, hostname="mail.test"), LOOPBACK, port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
