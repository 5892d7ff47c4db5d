"""Pages of docs/ that are made from the program: `make docs` writes them, a test compares them."""

from __future__ import annotations

from tests.documents import api, cli, settings
from tests.servers.notifier import ROOT

DOCS = ROOT / "docs"


def generated() -> dict[str, str]:
    """The generated pages by file name."""
    configuration = (DOCS / "configuration.md").read_text()
    return {"api.md": api.page(), "cli.md": cli.page(), "configuration.md": settings.with_table(configuration)}
