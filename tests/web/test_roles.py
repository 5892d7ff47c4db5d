"""Access by role: one line per route, requested by every role. A route without a line fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from flask_jwt_extended import get_csrf_token
from werkzeug.routing import Map, Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter, UUIDConverter

from notifier.services.accounts import tokens, users
from tests.people import People
from tests.web.roles import ADMIN, DISABLED, SIGNED_IN, SIGNED_OUT, TABLE

_BY_WERKZEUG = {"HEAD", "OPTIONS"}


def routes(found: Map) -> Iterator[tuple[str, Rule]]:
    for rule in found.iter_rules():
        for method in (rule.methods or set()) - _BY_WERKZEUG:
            yield f"{method} {rule.rule}", rule


@pytest.fixture(scope="module")
def headers_by_role(people: People) -> dict[str, dict[str, str]]:
    """The headers of each role: a token without a sign-in, which no request here can end for the others."""
    names = {role: people.account(role, role) for role in SIGNED_IN} | {DISABLED: people.account("disabled", ADMIN)}
    with people.app.test_request_context():
        found = {who: cookie(tokens.access_token(users.by_name(name))) for who, name in names.items()}
    with people.elsewhere():
        users.set_disabled(names[DISABLED], True)
    return found | {SIGNED_OUT: {}}


def cookie(token: str) -> dict[str, str]:
    """The cookie as a browser sends it, with the CSRF token."""
    return {"Cookie": f"access_token_cookie={token}", "X-CSRF-TOKEN": str(get_csrf_token(token))}


@pytest.mark.security("S16")
def test_table_lists_every_route(people: People) -> None:
    assert {unversioned(route) for route, _ in routes(people.app.url_map)} == set(TABLE)


@pytest.mark.security("S16")
def test_each_route_admits_exactly_the_roles_of_the_table(people: People, headers_by_role: dict[str, dict[str, str]]) -> None:
    wrong = {}
    for line, roles in TABLE.items():
        rule = next(rule for route, rule in routes(people.app.url_map) if unversioned(route) == line)
        method, address = line.partition(" ")[0], address_of(rule)
        admitted = {who for who, headers in headers_by_role.items() if is_admitted(people.api.request(method, address, headers=headers))}
        if admitted != set(roles):
            wrong[line, address] = admitted
    assert wrong == {}


def unversioned(route: str) -> str:
    """The route without the API's version, unless it exists only under the version."""
    plain = route.replace(" /api/v1/", " /api/", 1)
    return plain if route not in TABLE else route


def address_of(rule: Rule) -> str:
    """A URL of the route at which nothing exists."""
    parts = {name: part(converter) for name, converter in rule._converters.items()}
    built = rule.build(parts)
    assert built is not None, rule
    return built[1]


def part(converter: object) -> object:
    if isinstance(converter, UUIDConverter):
        return uuid.uuid4()
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return 999 if isinstance(converter, IntegerConverter) else "nothing"


def is_admitted(answer: httpx.Response) -> bool:
    if answer.status_code == 303:
        return not answer.headers["location"].startswith("/login?next=")
    assert answer.status_code < 500 or answer.json()["code"] == "no_streams", answer.text
    return answer.status_code not in (401, 403)
