"""No part of a request that a client can write makes the server fail: every path, query, form and body field and header that is read.

The kinds are generated from the routes and from the names that the source reads, so that a new one is tried without being listed.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from pydantic import BaseModel
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder, run_wsgi_app

import notifier
from notifier.models.columns import new_public_id
from notifier.services.messages.send import Draft, send
from tests.databases import Databases
from tests.people import People

SOURCE = Path(notifier.__file__).parent
READ_ENVIRON = re.compile(r"""environ(?:\.get\(|\[)"HTTP_([A-Z_]+)\"""")
READ_HEADER = re.compile(r"""headers(?:\.get\(|\[|\.getlist\()\s*["']([A-Za-z-]+)["']|["']([A-Za-z-]+)["'] (?:not )?in request\.headers""")
READ_FIELD = re.compile(r"""(?:args|form|values)\.get(?:list)?\(\s*["'](\w+)["']|(?:text_field|number_argument|_field)\(\s*["'](\w+)["']""")
FORM = "application/x-www-form-urlencoded"
# Read by Flask, the libraries and helpers with the name in a constant.
HEADERS = {"Host", "Referer", "Cookie", "Accept", "Range", "If-None-Match", "Content-Type", "Last-Event-ID", "Idempotency-Key", "Origin"}
HEADER_PATHS = ("/notifications", "/api/notifications")
# They would end the sign-in that all attempts share.
SKIPPED = {"static", "login.sign_out", "auth.logout"}

# As bytes, since no text holds them all. What a database may refuse that the program lets pass, or that fits no column: NUL, 2^63,
# 5,000 digits, a lone surrogate, a very long mark.
STORED = [b"\0", b"9223372036854775808", b"9" * 5000, b"\xed\xa0\x80", "\u0301".encode() * 1000]
HOSTILE = [*STORED, b"-1", b"0" * 5000, b"http://[", b"\xff\xfe", "\ufdfa\u2028\u202e'\"{{7*7}}%".encode()]
STORED_JSON: list[Any] = ["\0", 2**63, "9" * 5000, "\ud800", {"\ud800": "\0"}, "\u0301" * 3000]
HOSTILE_JSON: list[Any] = [*STORED_JSON, "http://[", -1, 1e308, True, [], {}, ["\ud800"], None]


class Attempt(NamedTuple):
    """One request. `path` and `query` are bytes as they arrive after decoding."""

    name: str
    method: str
    path: bytes
    query: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    content_type: str = ""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Both: PostgreSQL refuses a NUL, SQLite a number of 64 bits. The program refuses the rest before it asks one of them."""
    chosen: Databases = request.getfixturevalue(f"{request.param}_databases")
    return chosen


@pytest.mark.slow
@pytest.mark.timeout(360)  # over a thousand requests: 30 seconds alone, and four times that beside three others on two cores
@pytest.mark.security("S4", "S20", "S21", "S45", "S53")
def test_nothing_that_a_client_writes_makes_the_server_fail(people: People) -> None:
    app, admin = people.app, people.person("admin", "admin")
    token, known = admin.token, {"public_id": people.person("alice").id, "user_id": people.person("bob").id}
    everything = app.config["DATABASE_URL"].startswith("sqlite")
    values, values_in_json = (HOSTILE, HOSTILE_JSON) if everything else (STORED, STORED_JSON)
    # Bodies last: they send to all, and each page shows what has arrived. No header reaches the database as it is.
    attempts = [*in_paths(app, known, values), *in_queries(app, known, values), *in_forms(app, known, values)]
    attempts += [*(in_headers() if everything else ()), *in_bodies(app, known, values_in_json)]
    assert len(attempts) > 1000
    with people.elsewhere():
        send(Draft(to=admin.address, title="Hello"))

    statuses = {attempt.name: answered(app, token, attempt) for attempt in attempts}

    assert [f"{name}: {status}" for name, status in statuses.items() if status in (500, 502)] == []
    assert answered(app, token, Attempt("the sign-in is still good", "GET", b"/api/notifications")) == 200


def test_the_hunt_finds_what_a_view_reads(people: People) -> None:
    names = {attempt.name.partition(" = ")[0] for attempt in in_queries(people.app, {}, HOSTILE)}
    assert {"GET /api/notifications ?before", "GET /api/notifications ?q", "GET /admin/audit ?before", "GET /admin/users ?after"} <= names
    assert {"Referer", "Sec-Fetch-Site", "X-Request-Id", "Authorization"} <= header_names()


def answered(app: Flask, token: str, attempt: Attempt) -> int:
    builder = EnvironBuilder(method=attempt.method, query_string=attempt.query, input_stream=BytesIO(attempt.body))
    environ = builder.get_environ()
    environ |= {"PATH_INFO": attempt.path.decode("latin-1"), "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(len(attempt.body))}
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"} | dict(attempt.headers)
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    if attempt.content_type:
        environ["CONTENT_TYPE"] = attempt.content_type
    body, status, _ = run_wsgi_app(app, environ)
    for _ in body:
        pass
    return int(status.split()[0])


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route once with each of its methods; routes under `/api/v1/` are the same views."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in SKIPPED and not (rule.rule.startswith("/api/v1/") and "legacy" not in rule.endpoint):
            yield from ((rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def filled(rule: Rule, known: dict[str, str], **hostile: bytes) -> bytes:
    """The rule's path with `hostile` values, and with known or harmless ones in the other places."""
    path = rule.rule.encode()
    for match in re.finditer(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>", rule.rule):
        harmless = {"int": "0", "uuid": known.get(match[2], new_public_id())}.get(match[1] or "", known.get(match[2], "some"))
        path = path.replace(match[0].encode(), hostile.get(match[2], harmless.encode()))
    return path


def in_paths(app: Flask, known: dict[str, str], values: list[bytes]) -> Iterator[Attempt]:
    for rule, method in rules(app):
        for argument in sorted(rule.arguments):
            for value in values:
                name, path = f"{method} {rule.rule} <{argument}> = {value[:20]!r}", filled(rule, known, **{argument: value})
                confirmed = (b"sure=yes", FORM) if method == "POST" else ()
                yield Attempt(name, method, path, "", {}, *confirmed)


def in_queries(app: Flask, known: dict[str, str], values: list[bytes]) -> Iterator[Attempt]:
    for rule, method in rules(app):
        if method == "GET":
            for field in fields_of(app, rule):
                for value in values:
                    query = f"{field}={quote_from_bytes(value)}"
                    yield Attempt(f"GET {rule.rule} ?{field} = {value[:20]!r}", "GET", filled(rule, known), query)


def in_forms(app: Flask, known: dict[str, str], values: list[bytes]) -> Iterator[Attempt]:
    for rule, method in rules(app):
        if method == "POST" and not rule.rule.startswith("/api/"):
            for field in fields_of(app, rule):
                for value in values[:8]:
                    body = f"sure=yes&{field}={quote_from_bytes(value)}".encode()
                    yield Attempt(f"POST {rule.rule} {field} = {value[:20]!r}", method, filled(rule, known), "", {}, body, FORM)


def in_bodies(app: Flask, known: dict[str, str], values: list[Any]) -> Iterator[Attempt]:
    for rule, method in rules(app):
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if operation is None or operation.body is None:
            continue
        for field in model_fields(operation.body):
            for value in values:
                body = json.dumps(
                    {"to": "all", "title": "Hello"} | {field: value} if field not in ("to", "user_id") else {field: value, "title": "Hello"}
                )
                name = f"{method} {rule.rule} {{{field}: {str(value)[:20]!r}}}"
                yield Attempt(name, method, filled(rule, known), "", {}, body.encode(), "application/json")


def in_headers() -> Iterator[Attempt]:
    for header in sorted(header_names()):
        for path in HEADER_PATHS:
            for value in HOSTILE:
                text = value.decode("latin-1")
                given = {header: f"Bearer {text}" if header == "Authorization" else text}
                if header == "Cookie":
                    given = {"Cookie": f"access_token_cookie={text}; csrf_access_token={text}", "Authorization": ""}
                yield Attempt(f"GET {path} {header}: {value[:20]!r}", "GET", path.encode(), "", given)


def header_names() -> set[str]:
    source = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    found = {name for match in READ_HEADER.findall(source) for name in match if name}
    return found | {name.replace("_", "-").title() for name in READ_ENVIRON.findall(source)} | HEADERS


def fields_of(app: Flask, rule: Rule) -> list[str]:
    """The fields that the module of a view reads from queries and forms."""
    view = app.view_functions[rule.endpoint]
    operation = getattr(view, "operation", None)
    names = set() if operation is None or operation.query is None else set(model_fields(operation.query))
    if operation is None:
        module = inspect.getmodule(inspect.unwrap(view))
        source = inspect.getsource(module) if module else ""
        names |= {name for match in READ_FIELD.findall(source) for name in match if name}
    return sorted(names)


def model_fields(model: type[BaseModel]) -> list[str]:
    return list(model.model_fields)
