"""The OpenAPI 3.1 document, generated from the operations that the views declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from notifier import __version__
from notifier.realtime.sse import encode
from notifier.web.events.event import Event
from notifier.web.http.errors import Problem
from notifier.web.http.json_answers import ResponseModel, event_data
from notifier.web.openapi import errors, security
from notifier.web.openapi.body_examples import BODY_EXAMPLES, LINES_EXAMPLE
from notifier.web.openapi.examples import example
from notifier.web.openapi.field_texts import field_texts
from notifier.web.openapi.operation import Answer, Operation, Parameter

# The headings of the page, by blueprint.
_TAGS = {
    "auth": "Signing in",
    "messages": "Sending",
    "notifications": "Inbox",
    "replies_api": "Replies",
    "users_api": "Users and groups",
    "groups_api": "Users and groups",
    "destinations_api": "Destinations",
    "preferences_api": "Preferences",
    "streams": "Streams",
    "sessions_api": "Progress sessions",
    "session_streams": "Progress sessions",
    "legacy": "Older systems",
    "ops": "Operation",
    "openapi": "Operation",
}
_ABOUT = (
    "Every path under `/api/` also answers under `/api/v1/`. "
    "Times are RFC 3339 in UTC. A body is JSON of at most 64 KiB. Every error is a problem document (RFC 9457) with a `code` for "
    "programs, and means that nothing was changed. Only what the web server cannot read is refused before that, in HTML: a path of more "
    "than 4 KiB (`414`), a header of more than 8 KiB (`431`), what is not HTTP (`400`)."
)
# The document calls the only variable part of a path `id`, whatever the view calls it; several keep their names.
_VARIABLE = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
_CURSOR = "5f0c2a91-812"
_LINES = {"example1": {"summary": "Two users", "value": LINES_EXAMPLE}}

Schemas = Mapping[Any, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation and where it is: `path` as OpenAPI writes it."""

    method: str
    path: str
    tag: str
    operation: Operation


def routes(app: Flask) -> list[Route]:
    """Every declared operation of the application once, by its shortest path.

    `/api/v1/…` is `/api/…` under another name.
    """
    rules: dict[str, Any] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: len(rule.rule)):
        rules.setdefault(rule.endpoint, rule)
    declared = [(rule, getattr(app.view_functions[endpoint], "operation", None)) for endpoint, rule in rules.items()]
    found = [Route(_method(rule), _path_of(rule.rule), _tag(rule), each) for rule, each in declared if each]
    tags = list(dict.fromkeys(_TAGS.values()))
    return sorted(found, key=lambda route: (tags.index(route.tag), route.path))


def document(app: Flask) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    found = routes(app)
    schemas, components = _schemas([route.operation for route in found])
    paths: dict[str, dict[str, Any]] = {}
    for route in found:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "notifier", "version": __version__, "description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": app.config["APPLICATION_ROOT"]}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_TAGS.values())],
        "paths": paths,
        "components": {"schemas": components, "responses": errors.responses(), "securitySchemes": security.SCHEMES},
    }


def _path_of(rule: str) -> str:
    return _VARIABLE.sub("{id}" if len(_VARIABLE.findall(rule)) == 1 else r"{\1}", rule)


def _method(rule: Any) -> str:
    (method,) = rule.methods - {"HEAD", "OPTIONS"}
    return str(method)


def _tag(rule: Any) -> str:
    return _TAGS[rule.endpoint.partition(".")[0]]


class _Described(GenerateJsonSchema):
    """With the texts of fields, and without titles that only repeat the name of a field."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        fields = schema["cls"].model_fields
        for name, text in field_texts(schema["cls"]).items():
            found["properties"][fields[name].alias or name]["description"] = text
        return found


def _schemas(operations: Iterable[Operation]) -> tuple[Schemas, dict[str, Any]]:
    """The schema of each model, and the components that they refer to, by name."""
    models = dict.fromkeys(_models(operations))
    inputs: list[Any] = [(model, "validation", TypeAdapter(model)) for model in models]
    found, named = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}", schema_generator=_Described)
    return {model: schema for (model, _), schema in found.items()}, named["$defs"]


def _models(operations: Iterable[Operation]) -> Iterator[Any]:
    yield Problem
    for each in operations:
        yield from (answer.model for answer in each.answers.values() if answer.model is not None)
        yield from (event.model for answer in each.answers.values() for event in answer.events.values())
        if each.body is not None:
            yield each.body


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    each = route.operation
    fields = {
        "operationId": each.name,
        "tags": [route.tag],
        "summary": each.summary,
        "description": each.description,
        "x-who": each.who.value,
        "security": security.ways(each.who, writes=route.method != "GET"),
        "parameters": [*_path(each), *map(_parameter, each.parameters), *_query(each.query)],
        "requestBody": _body(each, schemas),
    }
    own = {status: _answer(answer, schemas) for status, answer in each.answers.items()}
    common = {error.status: {"$ref": f"#/components/responses/{error.__name__}"} for error in errors.of(each)}
    responses = {str(status): response for status, response in sorted((own | common).items())}
    return {name: value for name, value in fields.items() if value or name == "security"} | {"responses": responses}


def _path(each: Operation) -> Iterator[dict[str, Any]]:
    for name, hint in each.path.items():
        schema = TypeAdapter(hint).json_schema()
        description, (first, *_) = schema.pop("description"), schema.pop("examples")
        shown = "id" if len(each.path) == 1 else name
        yield {
            "name": shown,
            "in": "path",
            "description": description,
            "schema": schema,
            "example": first,
            "required": True,
        }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    fields = {"name": parameter.name, "in": parameter.where, "description": parameter.description, "schema": dict(parameter.schema)}
    return fields if parameter.example is None else fields | {"example": parameter.example}


def _query(model: type[BaseModel] | None) -> Iterator[dict[str, Any]]:
    """The fields of a query's model."""
    if model is None:
        return
    for name, schema in model.model_json_schema(schema_generator=_Described)["properties"].items():
        given = next((arm for arm in schema.get("anyOf", []) if arm != {"type": "null"}), schema)
        kept = {key: value for key, value in schema.items() if key not in ("anyOf", "description") and value is not None}
        yield {
            "name": name,
            "in": "query",
            "description": schema["description"],
            "schema": kept | {key: value for key, value in given.items() if key != "description"},
            "allowEmptyValue": True,
        }


def _body(each: Operation, schemas: Schemas) -> dict[str, Any] | None:
    if each.lines is not None:
        return {"required": True, "content": {"application/x-ndjson": {"schema": {"type": "string"}, "examples": _LINES}}}
    if each.body is None:
        return None
    titled = enumerate(BODY_EXAMPLES[each.name].items(), 1)
    examples = {f"example{number}": {"summary": title, "value": value} for number, (title, value) in titled}
    return {"required": True, "content": {"application/json": {"schema": schemas[each.body], "examples": examples}}}


def _answer(answer: Answer, schemas: Schemas) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        response["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()}
    if answer.events:
        response["content"] = {"text/event-stream": _stream(answer.events, schemas)}
    elif answer.model is not None:
        response["content"] = {answer.content_type: {"schema": schemas[answer.model], "example": example_of(answer)}}
    elif answer.example is not None:
        response["content"] = {answer.content_type: {"schema": {"type": "string"}, "example": answer.example}}
    return response


def example_of(shown: Answer | Event) -> Any:
    """The example of a model, with the fields that the answer or event changes in it."""
    if isinstance(shown.model, type) and issubclass(shown.model, ResponseModel):
        return example(shown.model) | (shown.example or {})
    return example(shown.model) if shown.example is None else shown.example


def _stream(events: Mapping[str, Event], schemas: Schemas) -> dict[str, Any]:
    """The content of an event stream.

    OpenAPI 3.1 has no notation for events: readers see an example, programs find the schemas under `x-events`.
    """
    described = {
        name: {"description": event.description, "schema": schemas[event.model], "example": example_of(event)}
        for name, event in events.items()
    }
    return {"schema": {"type": "string"}, "example": "".join(map(_written, events, events.values())), "x-events": described}


def _written(name: str, event: Event) -> str:
    cursor = _CURSOR if event.has_id else None
    return encode(event_data(example_of(event)), event=None if name == "message" else name, id=cursor).decode()
