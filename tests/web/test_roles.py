"""Access by role: one line per route, requested by every role. A route without a line fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

import httpx
import pytest
from flask_jwt_extended import get_csrf_token
from werkzeug.routing import Map, Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter, UUIDConverter

from notifier import __version__
from notifier.services.accounts import tokens, users
from tests.people import People

SIGNED_OUT, DISABLED, USER, SENDER, ADMIN = "signed out", "disabled", "user", "sender", "admin"
ANYONE = (SIGNED_OUT, DISABLED, USER, SENDER, ADMIN)
SIGNED_IN = (USER, SENDER, ADMIN)
SENDERS = (SENDER, ADMIN)
ADMINS = (ADMIN,)
REFRESH_ONLY = ()
"""Admits only a refresh token, which these requests do not carry."""

TABLE: Mapping[str, tuple[str, ...]] = {
    "GET /": ANYONE,
    "GET /admin": ADMINS,
    "GET /admin/audit": ADMINS,
    "GET /admin/categories": ADMINS,
    "GET /admin/categories/<slug>": ADMINS,
    "GET /admin/connections": ADMINS,
    "GET /admin/connections/live": ADMINS,
    "GET /admin/destinations": ADMINS,
    "GET /admin/groups": ADMINS,
    "GET /admin/groups/<name>": ADMINS,
    "GET /admin/keys": ADMINS,
    "GET /admin/outbox": ADMINS,
    "GET /admin/send": SENDERS,
    "GET /admin/send/suggestions": SENDERS,
    "GET /admin/sent": SENDERS,
    "GET /admin/sent/<uuid:public_id>": SENDERS,
    "GET /admin/sent/<uuid:public_id>/live": SENDERS,
    "GET /admin/sent/<uuid:public_id>/unread.csv": SENDERS,
    "GET /admin/users": ADMINS,
    "GET /admin/users/<uuid:public_id>": ADMINS,
    "GET /admin/webhooks": ADMINS,
    "GET /api/destinations": ADMINS,
    "POST /api/destinations": ADMINS,
    "PATCH /api/destinations/<name>": ADMINS,
    "DELETE /api/destinations/<name>": ADMINS,
    "POST /api/destinations/<name>/test": ADMINS,
    "GET /api/groups": ADMINS,
    "GET /api/users": ADMINS,
    "GET /api/users/<uuid:public_id>": ADMINS,
    "POST /api/groups": ADMINS,
    "POST /api/users": ADMINS,
    "POST /api/users/import": ADMINS,
    "PUT /api/groups/<name>/members/<path:user>": ADMINS,
    "PUT /api/users/by-subject/<path:subject>": ADMINS,
    "PATCH /api/groups/<name>": ADMINS,
    "PATCH /api/users/<uuid:public_id>": ADMINS,
    "DELETE /api/groups/<name>": ADMINS,
    "DELETE /api/groups/<name>/members/<path:user>": ADMINS,
    "DELETE /api/users/<uuid:public_id>": ADMINS,
    "GET /api/notifications": SIGNED_IN,
    "GET /api/notifications/<uuid:public_id>": SIGNED_IN,
    "GET /api/notifications/<uuid:public_id>/delivery": SENDERS,
    "GET /api/notifications/stream": SIGNED_IN,
    "GET /api/notifications/unread-count": SIGNED_IN,
    "GET /api/notifications/<uuid:public_id>/replies": SENDERS,
    "GET /api/mutes": SIGNED_IN,
    "GET /api/preferences": SIGNED_IN,
    "GET /api/sessions": SIGNED_IN,
    "GET /api/sessions/<public_id>": SIGNED_IN,
    "GET /api/sessions/<public_id>/status": SIGNED_IN,
    "GET /api/sessions/<public_id>/status/stream": SIGNED_IN,
    "GET /api/v1/notifications/history": SIGNED_IN,
    "GET /api/v1/notifications/stream": SIGNED_IN,
    "GET /api/v1/notifications/stream/<user_id>": ADMINS,
    "GET /apidoc/": ANYONE,
    "GET /embed-part.<hash_>.js": ANYONE,
    "GET /embed.<any(de, es, fr):locale>.json": ANYONE,
    "GET /embed.js": ANYONE,
    f"GET /embed.{__version__}.js": ANYONE,
    "GET /confirm/<token>": ANYONE,
    "GET /events": SIGNED_IN,
    "GET /fragments/badge": SIGNED_IN,
    "GET /fragments/inbox": SIGNED_IN,
    "GET /go/<uuid:public_id>/<int:index>": SIGNED_IN,
    "GET /healthz": ANYONE,
    "GET /identity.css": ANYONE,
    "GET /identity.svg": ANYONE,
    "GET /login": ANYONE,
    "GET /login/oidc": ANYONE,
    "GET /login/oidc/callback": ANYONE,
    "GET /manifest.webmanifest": ANYONE,
    "GET /metrics": ANYONE,
    "GET /notifications": SIGNED_IN,
    "GET /notifications/<uuid:public_id>/menu": SIGNED_IN,
    "GET /notifications/<uuid:public_id>/why": SIGNED_IN,
    "GET /openapi.json": ANYONE,
    "GET /poll": SIGNED_IN,
    "GET /readyz": ANYONE,
    "GET /sessions": SIGNED_IN,
    "GET /sessions/<public_id>": SIGNED_IN,
    "GET /sessions/<public_id>/progress": SIGNED_IN,
    "GET /sessions/<public_id>/stream": SIGNED_IN,
    "GET /settings": SIGNED_IN,
    "GET /settings/notifications": SIGNED_IN,
    "GET /static/<path:filename>": ANYONE,
    "GET /static/joined/<hash_>/<name>": ANYONE,
    "GET /stream": SIGNED_IN,
    "POST /admin/connections/<int:visit>/end": ADMINS,
    "POST /admin/connections/switch": ADMINS,
    "POST /admin/categories": ADMINS,
    "POST /admin/categories/<slug>": ADMINS,
    "POST /admin/categories/<slug>/reset": ADMINS,
    "POST /admin/categories/<slug>/retire": ADMINS,
    "POST /admin/categories/sort": ADMINS,
    "POST /admin/groups": ADMINS,
    "POST /admin/groups/<name>/delete": ADMINS,
    "POST /admin/groups/<name>/members": ADMINS,
    "POST /admin/groups/<name>/remove": ADMINS,
    "POST /admin/keys": ADMINS,
    "POST /admin/keys/<uuid:public_id>/revoke": ADMINS,
    "POST /admin/keys/<uuid:public_id>/rotate": ADMINS,
    "POST /admin/outbox/<uuid:public_id>/drop": ADMINS,
    "POST /admin/outbox/<uuid:public_id>/retry": ADMINS,
    "POST /admin/outbox/retry": ADMINS,
    "POST /admin/outbox/test": ADMINS,
    "POST /admin/<any(webhooks, destinations):kind>/<uuid:public_id>/<any(on, off):state>": ADMINS,
    "POST /admin/<any(webhooks, destinations):kind>/<uuid:public_id>/remove": ADMINS,
    "POST /admin/<any(webhooks, destinations):kind>/<uuid:public_id>/test": ADMINS,
    "POST /admin/destinations": ADMINS,
    "POST /admin/webhooks": ADMINS,
    "POST /admin/webhooks/<uuid:public_id>/rotate": ADMINS,
    "POST /admin/webhooks/calls/<uuid:public_id>/redeliver": ADMINS,
    "POST /admin/send": SENDERS,
    "POST /admin/send/preview": SENDERS,
    "POST /admin/sent/<uuid:public_id>/withdraw": SENDERS,
    "POST /admin/users": ADMINS,
    "POST /admin/users/<uuid:public_id>/delete": ADMINS,
    "POST /admin/users/<uuid:public_id>/disable": ADMINS,
    "POST /admin/users/import": ADMINS,
    "POST /admin/users/<uuid:public_id>/email": ADMINS,
    "POST /admin/users/<uuid:public_id>/enable": ADMINS,
    "POST /admin/users/<uuid:public_id>/password": ADMINS,
    "POST /admin/users/<uuid:public_id>/role": ADMINS,
    "POST /api/auth/login": ANYONE,
    "POST /api/auth/logout": SIGNED_IN,
    "POST /api/auth/password": SIGNED_IN,
    "POST /api/auth/refresh": REFRESH_ONLY,
    "POST /api/mutes": SIGNED_IN,
    "POST /api/notifications": SENDERS,
    "POST /api/notifications/<uuid:public_id>/clicked": SIGNED_IN,
    "POST /api/notifications/<uuid:public_id>/withdraw": SENDERS,
    "POST /api/notifications/read-all": SIGNED_IN,
    "POST /api/notifications/seen": SIGNED_IN,
    "POST /api/notifications/undo": SIGNED_IN,
    "POST /api/notifications/<uuid:public_id>/replies": SIGNED_IN,
    "POST /api/pause": SIGNED_IN,
    "POST /api/sessions": SENDERS,
    "POST /api/sessions/<public_id>/status": SENDERS,
    "PUT /api/sessions/<public_id>": SENDERS,
    "POST /notifications/<uuid:public_id>/mute/<any(type, sender, thread):kind>": SIGNED_IN,
    "POST /notifications/<uuid:public_id>/snooze": SIGNED_IN,
    "POST /pause": SIGNED_IN,
    "POST /resume": SIGNED_IN,
    "POST /settings/browser-zone": SIGNED_IN,
    "POST /settings/notifications": SIGNED_IN,
    "POST /settings/notifications/mutes/<uuid:mute_id>/delete": SIGNED_IN,
    "POST /settings/notifications/quiet-hours": SIGNED_IN,
    "DELETE /api/mutes/<uuid:mute_id>": SIGNED_IN,
    "DELETE /api/notifications": SIGNED_IN,
    "DELETE /api/notifications/<uuid:public_id>": SIGNED_IN,
    "DELETE /api/pause": SIGNED_IN,
    "PATCH /api/notifications/<uuid:public_id>": SIGNED_IN,
    "PATCH /api/preferences": SIGNED_IN,
    "POST /login": ANYONE,
    "POST /logout": SIGNED_IN,
    "POST /notifications/<uuid:public_id>/<any(read, unread, archive, delete):action>": SIGNED_IN,
    "POST /notifications/<uuid:public_id>/reply": SIGNED_IN,
    "POST /notifications/<uuid:public_id>/reply/<any(n, h):place>": SIGNED_IN,
    "POST /notifications/clear": SIGNED_IN,
    "POST /notifications/read-all": SIGNED_IN,
    "POST /notifications/seen": SIGNED_IN,
    "POST /notifications/selected/<any(read, unread, archive, delete):action>": SIGNED_IN,
    "POST /notifications/undo": SIGNED_IN,
    "POST /confirm/<token>": ANYONE,
    "POST /settings": SIGNED_IN,
    "POST /settings/email": SIGNED_IN,
    "POST /settings/email/retry": SIGNED_IN,
    "POST /settings/notifications/digests": SIGNED_IN,
    "POST /settings/password": SIGNED_IN,
    "GET /sw.js": ANYONE,
    "POST /push/renew": ANYONE,
    "POST /settings/push": SIGNED_IN,
    "POST /settings/push/<uuid:device_id>/remove": SIGNED_IN,
    "POST /settings/push/<uuid:device_id>/test": SIGNED_IN,
    "GET /u/<token>": ANYONE,
    "POST /u/<token>": ANYONE,
}
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


@pytest.mark.parametrize("line", TABLE)
@pytest.mark.security("S16")
def test_route_admits_exactly_the_roles_of_the_table(people: People, headers_by_role: dict[str, dict[str, str]], line: str) -> None:
    rule = next(rule for route, rule in routes(people.app.url_map) if unversioned(route) == line)
    method, address = line.partition(" ")[0], address_of(rule)

    admitted = {role for role, headers in headers_by_role.items() if is_admitted(people.api.request(method, address, headers=headers))}

    assert admitted == set(TABLE[line]), address


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
