"""From the tables of calls to the OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from notifier import __version__
from notifier.realtime.sse import encode
from notifier.web.events.event import Event
from notifier.web.http.errors import Problem
from notifier.web.http.json_answers import compact
from notifier.web.openapi import inbox, legacy, listening, operation, refusals, security, sending, sessions, signing_in
from notifier.web.openapi.call import EVENTS, JSON, Answer, Call, Parameter
from notifier.web.openapi.examples import example

_TABLES = (signing_in, sending, inbox, listening, sessions, legacy, operation)
CALLS: tuple[Call, ...] = tuple(call for table in _TABLES for call in table.CALLS)
_ABOUT = (
    "Every address under `/api/` also answers under `/api/v1/`. "
    "Times are RFC 3339 in UTC. A body is JSON of at most 64 KiB. Every refusal is a problem document (RFC 9457) with a `code` for "
    "programs, and means that nothing was done. Only what the web server cannot read is refused before that, in HTML: an address of more "
    "than 4 KiB (`414`), a header of more than 8 KiB (`431`), what is not HTTP (`400`)."
)

_SEQ = 812

Schemas = Mapping[Any, dict[str, Any]]


def document() -> dict[str, Any]:
    schemas, shapes = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "notifier", "version": __version__, "description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(call.tag for call in CALLS)],
        "paths": paths,
        "components": {"schemas": shapes, "responses": refusals.responses(), "securitySchemes": security.SCHEMES},
    }


class _Untitled(GenerateJsonSchema):
    """Without titles that only repeat the name of a field."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schemas() -> tuple[Schemas, dict[str, Any]]:
    """The schema of each shape the calls use, and those they refer to, by name."""
    shapes = dict.fromkeys(_shapes())
    inputs: list[Any] = [(shape, "validation", TypeAdapter(shape)) for shape in shapes]
    found, named = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}", schema_generator=_Untitled)
    return {shape: schema for (shape, _), schema in found.items()}, named["$defs"]


def _shapes() -> Iterator[Any]:
    yield Problem
    for call in CALLS:
        yield from (answer.model for answer in call.answers.values() if answer.model is not None)
        yield from (event.model for answer in call.answers.values() for event in answer.events.values())
        if call.body is not None:
            yield call.body


def _operation(call: Call, schemas: Schemas) -> dict[str, Any]:
    shown = {
        "operationId": call.name,
        "tags": [call.tag],
        "summary": call.summary,
        "description": call.description,
        "x-who": call.who.value,
        "security": security.of(call),
        "parameters": [*map(_parameter, call.parameters), *_query(call)],
        "requestBody": _body(call, schemas),
    }
    own = {status: _answer(answer, schemas) for status, answer in call.answers.items()}
    common = {refused.status: {"$ref": f"#/components/responses/{refused.__name__}"} for refused in refusals.of(call)}
    responses = {str(status): response for status, response in sorted((own | common).items())}
    return {name: value for name, value in shown.items() if value or name == "security"} | {"responses": responses}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    shown = {"name": parameter.name, "in": parameter.where, "description": parameter.description, "schema": dict(parameter.schema)}
    example = {} if parameter.example is None else {"example": parameter.example}
    return shown | example | ({"required": True} if parameter.where == "path" else {})


def _query(call: Call) -> Iterator[dict[str, Any]]:
    """The fields of the query's model. A field that is left empty counts as not given."""
    if call.query is None:
        return
    for name, schema in call.query.model_json_schema(schema_generator=_Untitled)["properties"].items():
        given = next((arm for arm in schema.get("anyOf", []) if arm != {"type": "null"}), schema)
        kept = {key: value for key, value in schema.items() if key not in ("anyOf", "description") and value is not None}
        yield {
            "name": name,
            "in": "query",
            "description": schema["description"],
            "schema": kept | {key: value for key, value in given.items() if key != "description"},
            "allowEmptyValue": True,
        }


def _body(call: Call, schemas: Schemas) -> dict[str, Any] | None:
    if call.body is None:
        return None
    examples = {f"example{number}": {"summary": title, "value": value} for number, (title, value) in enumerate(call.bodies.items(), 1)}
    return {"required": True, "content": {JSON: {"schema": schemas[call.body], "examples": examples}}}


def _answer(answer: Answer, schemas: Schemas) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        response["headers"] = {name: {"description": says, "schema": {"type": "string"}} for name, says in answer.headers.items()}
    if answer.events:
        response["content"] = {EVENTS: _stream(answer.events, schemas)}
    elif answer.example is not None:
        schema = {"type": "string"} if answer.model is None else schemas[answer.model]
        response["content"] = {answer.content_type: {"schema": schema, "example": answer.example}}
    return response


def _stream(events: Mapping[str, Event], schemas: Schemas) -> dict[str, Any]:
    """OpenAPI 3.1 has no words for events: a reader sees an example, a program finds their shapes under `x-events`."""
    described = {
        name: {"description": event.description, "schema": schemas[event.model], "example": example(event.model)}
        for name, event in events.items()
    }
    written = "".join(_written(name, event) for name, event in events.items())
    return {"schema": {"type": "string"}, "example": written, "x-events": described}


def _written(name: str, event: Event) -> str:
    cursor = f"5f0c2a91-{_SEQ}" if event.has_id else None
    return encode(compact(example(event.model)), event=None if name == "message" else name, id=cursor).decode()
