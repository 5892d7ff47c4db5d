"""The document of the API says what there is, all of it, and its examples are right."""

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
from notifier.web.openapi.call import Answer, Call
from notifier.web.openapi.document import CALLS, document
from notifier.web.openapi.examples import example
from tests.api_client import Api, Person
from tests.databases import Databases

DOCUMENT = document()
ANSWERS = [
    pytest.param(answer, id=f"{call.name}-{status}")
    for call in CALLS
    for status, answer in call.answers.items()
    if answer.model is not None
]
EVENTS = [pytest.param(event, id=name) for call in CALLS for answer in call.answers.values() for name, event in answer.events.items()]
BODIES = [pytest.param(call, body, id=f"{call.name}-{title}") for call in CALLS for title, body in call.bodies.items()]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """The document is the same on both."""
    return sqlite_databases


def test_document_lists_exactly_the_existing_operations() -> None:
    assert {f"{method.upper()} {nameless(path)}" for path, methods in DOCUMENT["paths"].items() for method in methods} == set(routes())


def routes() -> Iterator[str]:
    """What the API answers, and what those who run it ask. `/api/v1/…` is `/api/…` under another name."""
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") or rule.endpoint.partition(".")[0] in ("ops", "openapi", "older"):
            versioned = rule.rule.startswith("/api/v1/") and rule.endpoint.partition(".")[0] != "older"
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield f"{method} {nameless(rule.rule.replace('/v1/', '/') if versioned else rule.rule)}"


def nameless(path: str) -> str:
    """Flask and OpenAPI write variable parts differently."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def test_references_resolve() -> None:
    for reference in re.findall(r'"\$ref": "#/(.+?)"', json.dumps(DOCUMENT)):
        node: Any = DOCUMENT
        for part in reference.split("/"):
            node = node[part]


def test_operation_ids_are_unique() -> None:
    assert len({call.name for call in CALLS}) == len(CALLS)


def test_every_error_is_described() -> None:
    assert DOCUMENT["components"]["responses"].keys() == {refusal.__name__ for refusal in Refused.__subclasses__()}


@pytest.mark.parametrize("name", DOCUMENT["components"]["responses"])
def test_error_examples_are_problem_documents(name: str) -> None:
    (content,) = DOCUMENT["components"]["responses"][name]["content"].values()

    Problem.model_validate(content["example"])


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_operation_has_examples(call: Call) -> None:
    assert bool(call.bodies) == (call.body is not None)
    assert any(status < 300 for status in call.answers)
    assert all(answer.example is not None or answer.events for status, answer in call.answers.items() if status not in (204, 304))
    assert all(parameter.example for parameter in call.parameters if parameter.where == "path")


@pytest.mark.parametrize(("call", "body"), BODIES)
def test_body_examples_are_valid(call: Call, body: Any) -> None:
    assert call.body is not None
    call.body.model_validate_json(json.dumps(body))


@pytest.mark.parametrize("answer", ANSWERS)
def test_answer_examples_are_valid(answer: Answer) -> None:
    TypeAdapter(answer.model).validate_json(json.dumps(answer.example))


@pytest.mark.parametrize("event", EVENTS)
def test_event_examples_are_valid(event: Event) -> None:
    event.model.model_validate_json(json.dumps(example(event.model)))


def test_document_is_public(api: Api) -> None:
    answer = api.get("/openapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


class Page(HTMLParser):
    """What matters of a page: its elements, and where its links go."""

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
    """The page, as anybody gets it."""
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})
    answer = app.test_client().get("/apidoc/")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_page_has_no_inline_scripts_or_styles(page: Page) -> None:
    assert not [tag for tag, attributes in page.elements if tag in ("script", "style") or "style" in attributes]


def test_page_loads_nothing_from_other_hosts(page: Page) -> None:
    assert all(address.startswith(("#", "/")) and not address.startswith("//") for address in page.values("href", "src"))


def test_page_links_resolve(page: Page) -> None:
    assert {address[1:] for address in page.values("href") if address.startswith("#")} <= set(page.values("id"))


def test_page_ids_are_unique(page: Page) -> None:
    assert len(page.values("id")) == len(set(page.values("id")))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_operation_has_a_heading_and_a_curl_command(call: Call, page: Page, text: str) -> None:
    assert ("h3", {"id": call.name}) in page.elements
    assert f"http://localhost{call.path.replace('{id}', '0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f')}" in text


def test_host_header_is_escaped_on_the_page() -> None:
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})

    answer = app.test_client().get("/apidoc/", headers={"Host": "x<script>"})

    assert "<script>" not in answer.get_data(as_text=True)


def test_send_examples_can_be_sent(dana: Person, alice: Person) -> None:
    (send,) = (call for call in CALLS if call.name == "send")

    for body in send.bodies.values():
        answer = dana.post("/api/notifications", json=json.loads(json.dumps(body).replace("user:alice", alice.address)))
        assert answer.status_code == 201
