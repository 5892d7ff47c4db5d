"""All operations of the API, from the document that the server gives at `/openapi.json`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from typing import Any

from notifier import create_app
from tests.servers.notifier import SECRET_KEY

_INTRODUCTION = """# API

Every operation, made by `make docs` from what the server answers at `/openapi.json`. A running server shows the same, with examples of
each call for curl, at `/apidoc/`. Streams are described in [events](events.md).

Requests and answers are JSON. Sign in for a token (`POST /api/auth/login`), or make a key (`notifier key create`), and send it as
`Authorization: Bearer …`. Every error is a problem document (RFC 9457): `type`, `title`, `status`, `detail`, `code` and, where fields are
wrong, `errors` with the `field` and `detail` of each. The answers that are errors mean the same everywhere:
"""

Document = dict[str, Any]


def page() -> str:
    document = _document()
    common = document["components"]["responses"]
    lines = [_INTRODUCTION, *_answers(document, {_status(answer): answer for answer in common.values()})]
    for tag in document["tags"]:
        lines += [f"## {tag['name']}", ""]
        for method, path, operation in _operations(document, tag["name"]):
            lines += _section(document, f"{method.upper()} {path}", operation)
    return "\n".join(lines)


def _document() -> Document:
    with tempfile.TemporaryDirectory() as directory:
        app = create_app({"DATABASE_URL": f"sqlite:///{directory}/none.db", "SECRET_KEY": SECRET_KEY})
        document: Document = app.test_client().get("/openapi.json").get_json()
    return document


def _operations(document: Document, tag: str) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and tag in operation.get("tags", ()):
                yield method, path, operation


def _section(document: Document, title: str, operation: Document) -> list[str]:
    lines = [f"### `{title}`", "", f"{operation['summary']}. {operation.get('description', '')}".strip(), ""]
    if who := operation.get("x-who"):
        lines += [f"Who: {who}", ""]
    rows = [_parameter(document, each) for each in operation.get("parameters", ())] + _fields(document, operation)
    if rows:
        lines += ["| input | where | meaning |", "| --- | --- | --- |", *rows, ""]
    own = {status: answer for status, answer in operation["responses"].items() if "$ref" not in answer}
    lines += _answers(document, own)
    if errors := [status for status in operation["responses"] if status not in own]:
        lines[-1:] = ["", f"Errors: {', '.join(errors)}.", ""]
    return [*lines, *_example(operation)]


def _answers(document: Document, answers: Document) -> list[str]:
    rows = [f"| {status} | {_cell(_followed(document, answer)['description'])} |" for status, answer in sorted(answers.items())]
    return ["| answer | meaning |", "| --- | --- |", *rows, ""]


def _status(answer: Document) -> str:
    (content,) = answer["content"].values()
    return str(content["example"]["status"])


def _parameter(document: Document, parameter: Document) -> str:
    parameter = _followed(document, parameter)
    return f"| `{parameter['name']}` | {parameter['in']} | {_cell(parameter.get('description', ''))} |"


def _fields(document: Document, operation: Document) -> list[str]:
    """The fields of a body in JSON."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    schema = _followed(document, content["schema"]) if content else {}
    required = schema.get("required", ())
    return [
        f"| `{name}` | body{', required' if name in required else ''} | {_cell(_followed(document, field).get('description', ''))} |"
        for name, field in schema.get("properties", {}).items()
    ]


def _example(operation: Document) -> list[str]:
    """The first successful answer that has an example."""
    for status, answer in operation["responses"].items():
        for kind, content in answer.get("content", {}).items():
            if status.startswith("2") and kind == "application/json" and "example" in content:
                text = json.dumps(content["example"], indent=2, ensure_ascii=False)
                return ["```json", *text.splitlines(), "```", ""]
    return []


def _followed(document: Document, node: Document) -> Document:
    """The object behind a reference, with what is said beside it."""
    if "$ref" not in node:
        return node
    found: Document = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found | {name: value for name, value in node.items() if name != "$ref"}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
