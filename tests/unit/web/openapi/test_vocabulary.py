"""Events, statuses, error codes and settings have the same names in code, API document, README and docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import pytest

from notifier import create_app, errors
from notifier.config import Settings
from notifier.errors import Refused
from notifier.models.notification import Status
from notifier.web.events import json as json_events
from notifier.web.events import legacy, session_html
from notifier.web.events import session as session_events
from notifier.web.openapi.document import document
from notifier.web.openapi.errors import COMMON
from notifier.web.presenters.notification import AnyStatus, KeptStatus
from tests.servers.notifier import ROOT

README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
MANUALS = [README, *(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))]
PACKAGE = ROOT / "notifier"
DOCUMENT = document(create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32}))
KINDS = {kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refused)} | {
    "TransactionConflict": errors.Unavailable,
    "TooManyStreams": errors.TooMany,
}
# Only forms of pages answer these, and pages are not part of the API document.
OF_FORMS = {"done_already", "off_by_setting"}
# Read by the commands and examples that send, on the machine of the sender.
OF_SENDERS = {"API_KEY", "URL"}


@pytest.mark.parametrize(
    ("files", "table"),
    [
        (["web/events/json.py", "realtime/safe_rendering.py"], json_events.EVENTS),
        (["web/events/session.py"], session_events.EVENTS),
        (["web/events/legacy.py"], legacy.NOTIFYHUB_EVENTS),
    ],
    ids=["user", "session", "notifyhub"],
)
def test_tables_list_the_events_that_the_renderers_write(files: list[str], table: dict[str, Any]) -> None:
    assert {name for file in files for name in event_names(file)} == table.keys()


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/api/notifications/stream", json_events.EVENTS),
        ("/api/sessions/{id}/status/stream", session_events.EVENTS),
        ("/events", legacy.NOTIFYHUB_EVENTS),
        ("/api/v1/notifications/stream", legacy.VIVIDLY_EVENTS),
    ],
)
def test_document_describes_the_events_of_each_stream(path: str, table: dict[str, Any]) -> None:
    content = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["text/event-stream"]

    assert content["x-events"].keys() == table.keys()


def test_readme_names_the_events_of_the_user_stream() -> None:
    (sentence,) = re.findall(r"^Reconnect with `Last-Event-ID`.*?\n\n", README, re.MULTILINE | re.DOTALL)

    assert set(re.findall(r"`([a-z]+)`", sentence)) == json_events.EVENTS.keys()


def test_architecture_names_events_and_statuses() -> None:
    (paragraph,) = re.findall(r"^Events on user streams:.*?\n\n", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    user, session, older, statuses = (set(re.findall(r"`([a-z]+)`", part)) for part in re.split(r"On |Statuses", paragraph))

    assert user == json_events.EVENTS.keys()
    assert session == {*session_events.EVENTS, session_html.END}
    assert older == legacy.NOTIFYHUB_EVENTS.keys()
    assert statuses == set(Status)


def test_response_models_have_the_statuses_of_the_database() -> None:
    assert set(get_args(AnyStatus)) == set(Status)
    assert set(get_args(KeptStatus)) == set(Status) - {Status.DELETED}


def test_document_lists_the_codes_of_every_error() -> None:
    raised: dict[str, set[str]] = {}
    for kind, codes in raised_codes():
        raised.setdefault(KINDS[kind].__name__, set()).update(codes - OF_FORMS)
    # Its code is also that of Flask's own 405, which no line of this project raises.
    raised["NotAllowed"] = {errors.NotAllowed.code}

    assert {type(error).__name__: set(codes) for error, _, codes in COMMON} == {kind: codes for kind, codes in raised.items() if codes}


def test_manuals_name_only_settings_that_exist() -> None:
    named = {name for manual in MANUALS for name in re.findall(r"NOTIFIER_([A-Z_]+[A-Z])", manual)}

    assert {name.removesuffix("_FILE") for name in named} - OF_SENDERS <= Settings.model_fields.keys()


def event_names(file: str) -> Iterator[str]:
    """The names of events that a module writes: by `event=`, by a variable of that name, or as bytes of an `event:` line."""
    for node in ast.walk(ast.parse((PACKAGE / file).read_text())):
        if isinstance(node, ast.keyword) and node.arg == "event":
            yield from constants(node.value)
        elif isinstance(node, ast.Assign) and "event" in ast.unparse(node.targets[0]):
            yield from (name for name in constants(node.value) if name.isidentifier() and name != "message")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            yield from (name.decode() for name in re.findall(rb"^event: (\w+)$", node.value, re.MULTILINE))


def raised_codes() -> Iterator[tuple[str, set[str]]]:
    """The class and the possible codes of each error that the package makes."""
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(PACKAGE / "web/openapi"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                given = [set(constants(keyword.value)) for keyword in node.keywords if keyword.arg == "code"]
                yield node.func.id, given[0] if given else {KINDS[node.func.id].code}


def constants(node: ast.AST) -> Iterable[str]:
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
