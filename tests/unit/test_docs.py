"""The documents: links resolve, settings, commands and metrics exist, generated pages are up to date, and the index is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notifier.config import Settings
from tests.documents import DOCS, generated
from tests.documents.cli import commands
from tests.servers.notifier import ROOT

PAGES = sorted([*DOCS.glob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))])
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING = re.compile(r"NOTIFIER_([A-Z][A-Z_]*[A-Z])")
COMMAND = re.compile(r"notifier ((?:serve|push|listen|run|user|group|key|db|demo|mail|category)(?: [a-z-]+)?)")
# Of clients.
OTHER_VARIABLES = {"API_KEY", "URL"}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_lead_to_files_and_headings(document: Path) -> None:
    wrong = []
    for link in LINK.findall(document.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)

    assert wrong == []


def test_documents_name_settings_that_exist() -> None:
    known = set(Settings.model_fields) | OTHER_VARIABLES
    named = {(page.name, name.removesuffix("_FILE")) for page in PAGES for name in SETTING.findall(page.read_text())}

    assert {(page, name) for page, name in named if name not in known} == set()


def test_documents_name_commands_that_exist() -> None:
    known = {path.removeprefix("notifier ") for path, _ in commands()}
    groups = {path.partition(" ")[0] for path in known if " " in path}
    wrong = []
    for page in PAGES:
        for command in COMMAND.findall(page.read_text()):
            name, _, second = command.partition(" ")
            if name in groups and second and f"{name} {second}" not in known:
                wrong.append(f"{page.name}: notifier {command}")

    assert wrong == []


def test_quoted_token_is_that_of_the_example() -> None:
    """The example runs in a browser test, so what the page shows has run, too."""
    quoted = re.search(r"```python\n(def token\(.*?)```", (DOCS / "embed.md").read_text(), re.DOTALL)

    assert quoted
    assert quoted[1] in (ROOT / "examples/static-page/serve.py").read_text()


def test_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text()

    assert [page.name for page in DOCS.glob("*.md") if f"({page.name})" not in index and page.name != "README.md"] == []


@pytest.mark.parametrize("name", ["api.md", "cli.md", "configuration.md"])
def test_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == generated()[name], "run `make docs`"
