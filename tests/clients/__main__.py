"""`make clients`: the journey of all clients, and requests on connections whose stream has ended. Ends with 1 if something was lost.

Writes the table of `docs/events.md`.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.clients import journey
from tests.clients.installed import Installed, installed
from tests.contract import reuse
from tests.databases import SqliteDatabases
from tests.servers.notifier import ROOT, Notifier
from tests.site import Site, open_site

_PAGE = ROOT / "docs" / "events.md"
_BEGIN, _END = "<!-- made by make clients -->\n", "<!-- end -->\n"
_REUSED = 200


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="notifier-clients-") as directory:
        folder = Path(directory)
        clients = installed(sys.argv[1], folder)
        databases = SqliteDatabases(folder)
        with databases.fresh() as url, open_site(Notifier(url, folder)) as site:
            found = journey.journey(site, clients, folder)
            lost = _lost(site)
    table = _table(clients, found)
    print(table, flush=True)
    print(f"lost of {_REUSED} requests on the connection of an ended stream: {lost}", flush=True)
    before, _, rest = _PAGE.read_text().partition(_BEGIN)
    _PAGE.write_text(before + _BEGIN + table + _END + rest.partition(_END)[2])
    return int("FAIL" in table or any(lost.values()))


def _lost(site: Site) -> dict[str, int]:
    alice, dana = site.person("alice"), site.person("dana", "sender")
    session = reuse.ended_session(dana, alice)
    return {client.__name__: client(site.url, alice.token, session, _REUSED) for client in reuse.CLIENTS}


def _table(clients: list[Installed], found: list[dict[str, str]]) -> str:
    lines = [f"| client ({datetime.now(UTC):%Y-%m-%d}) | version | {' | '.join(journey.STATIONS)} |", "| --- " * 7 + "|"]
    for client, notes in zip(clients, found, strict=True):
        lines.append(f"| {client} | {client.version} | {' | '.join(notes.get(station, '') for station in journey.STATIONS)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
