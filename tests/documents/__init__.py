"""Pages of docs/ that are made from the program: `make docs` writes them, a test compares them."""

from __future__ import annotations

from tests.documents import api, cli, events, settings
from tests.servers.notifier import ROOT

DOCS = ROOT / "docs"


def generated() -> dict[str, str]:
    """The generated pages by file name."""
    return {
        "api.md": api.page(),
        "cli.md": cli.page(),
        "configuration.md": settings.with_table((DOCS / "configuration.md").read_text()),
        "events.md": events.with_fields((DOCS / "events.md").read_text()),
    }
