"""The API document lists every operation, and its examples are valid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import TypeAdapter

from notifier import create_app
from notifier.errors import Refused
from notifier.web.events.event import Event
from notifier.web.http.errors import Problem
from notifier.web.openapi.body_examples import BODY_EXAMPLES
from notifier.web.openapi.document import Route, document, example_of, routes
from notifier.web.openapi.operation import Answer, Operation
from tests.api_client import Api, Person
from tests.cases import failures
from tests.databases import Databases

APP = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})
DOCUMENT = document(APP)
ROUTES = routes(APP)
OPERATIONS = [route.operation for route in ROUTES]
ANSWERS = [answer for operation in OPERATIONS for answer in operation.answers.values() if answer.model is not None]
EVENTS = [event for operation in OPERATIONS for answer in operation.answers.values() for event in answer.events.values()]
BODIES = [(operation, body) for operation in OPERATIONS for body in BODY_EXAMPLES.get(operation.name, {}).values()]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the document does not depend on the database."""
    return sqlite_databases


def test_document_lists_exactly_the_existing_operations() -> None:
    assert {f"{method.upper()} {without_names(path)}" for path, methods in DOCUMENT["paths"].items() for method in methods} == set(rules())


def rules() -> Iterator[str]:
    """Return all documented operations, without `/api/v1/…`, which is an alias of `/api/…`."""
    for rule in APP.url_map.iter_rules():
        if rule.rule.startswith("/api/") or rule.endpoint.partition(".")[0] in ("ops", "openapi", "legacy"):
            versioned = rule.rule.startswith("/api/v1/") and rule.endpoint.partition(".")[0] != "legacy"
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield f"{method} {without_names(rule.rule.replace('/v1/', '/') if versioned else rule.rule)}"


def without_names(path: str) -> str:
    """Remove the names of variable parts, which Flask and OpenAPI write differently."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def test_references_resolve() -> None:
    for reference in re.findall(r'"\$ref": "#/(.+?)"', json.dumps(DOCUMENT)):
        node: Any = DOCUMENT
        for part in reference.split("/"):
            node = node[part]


def test_operation_ids_are_unique() -> None:
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_every_error_is_described() -> None:
    assert DOCUMENT["components"]["responses"].keys() == {refusal.__name__ for refusal in Refused.__subclasses__()}


def test_error_examples_are_problem_documents() -> None:
    def check(name: str) -> None:
        (content,) = DOCUMENT["components"]["responses"][name]["content"].values()
        Problem.model_validate(content["example"])

    assert failures(DOCUMENT["components"]["responses"], check) == []


def test_every_operation_has_a_summary_and_a_successful_answer() -> None:
    def check(operation: Operation) -> None:
        assert operation.summary
        assert any(status < 300 for status in operation.answers)

    assert failures(OPERATIONS, check) == []


def test_no_write_is_open_to_keys_that_read() -> None:
    writes = [each for methods in DOCUMENT["paths"].values() for method, each in methods.items() if method != "get"]

    assert [each["operationId"] for each in writes if {"key": ["read"]} in each["security"]] == []


def test_body_examples_belong_to_operations_with_a_body() -> None:
    assert BODY_EXAMPLES.keys() == {each.name for each in OPERATIONS if each.body is not None}


def test_body_examples_are_valid() -> None:
    def check(case: tuple[Operation, Any]) -> None:
        operation, body = case
        assert operation.body is not None
        operation.body.model_validate_json(json.dumps(body))

    assert failures(BODIES, check) == []


def test_answer_examples_are_valid() -> None:
    def check(answer: Answer) -> None:
        TypeAdapter(answer.model).validate_json(json.dumps(example_of(answer)))

    assert failures(ANSWERS, check) == []


def test_event_examples_are_valid() -> None:
    def check(event: Event) -> None:
        event.model.model_validate_json(json.dumps(example_of(event)))

    assert failures(EVENTS, check) == []


def test_document_is_public(api: Api) -> None:
    answer = api.get("/openapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


class Page(HTMLParser):
    """A parser for the elements and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def values(self, *names: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements for name in names if name in attributes]


@pytest.fixture(scope="module")
def text() -> str:
    """Return the page, requested without a token."""
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})
    answer = app.test_client().get("/apidoc/")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_page_has_no_inline_scripts_or_styles(page: Page) -> None:
    inline = [
        tag for tag, attributes in page.elements if tag == "style" or "style" in attributes or (tag == "script" and "src" not in attributes)
    ]
    assert not inline


def test_page_loads_nothing_from_other_hosts(page: Page) -> None:
    assert all(address.startswith(("#", "/")) and not address.startswith("//") for address in page.values("href", "src"))


def test_page_links_resolve(page: Page) -> None:
    assert {address[1:] for address in page.values("href") if address.startswith("#")} <= set(page.values("id"))


def test_page_ids_are_unique(page: Page) -> None:
    assert len(page.values("id")) == len(set(page.values("id")))


def test_every_operation_has_a_heading_and_a_curl_command(page: Page, text: str) -> None:
    def check(route: Route) -> None:
        assert ("h3", {"id": route.operation.name}) in page.elements
        assert f"http://localhost{route.path.partition('{')[0]}" in text

    assert failures(ROUTES, check) == []


def test_host_header_is_escaped_on_the_page() -> None:
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})

    answer = app.test_client().get("/apidoc/", headers={"Host": "x<script>"})

    assert "<script>" not in answer.get_data(as_text=True)


def test_send_examples_can_be_sent(dana: Person, alice: Person) -> None:
    for body in BODY_EXAMPLES["send"].values():
        answer = dana.post("/api/notifications", json=json.loads(json.dumps(body).replace("user:alice", alice.address)))
        assert answer.status_code == 201
