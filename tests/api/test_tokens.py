"""Access tokens: only valid ones of this server, for this use, and only in the `Authorization` header."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import User
from notifier.models.columns import now
from tests.api_client import Api, Person, problem
from tests.databases import Databases, one_database
from tests.people import People
from tests.servers.notifier import SECRET_KEY
from tests.tokens import reissued

OTHER_KEY = "another key another key another key another key another key another"
LATER = int(time.time()) + 3600


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: checking tokens does not depend on the database."""
    return sqlite_databases


def use(api: Api, token: str) -> httpx.Response:
    return api.get("/api/notifications", headers={"Authorization": f"Bearer {token}"})


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def by_hand(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, payload)]
    return ".".join([*parts, signature])


def test_own_token_is_accepted(api: Api, alice: Person) -> None:
    assert use(api, alice.token).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_scheme_is_recognised_in_any_case(api: Api, alice: Person, scheme: str) -> None:
    def ask(method: str, path: str, token: str) -> httpx.Response:
        return api.request(method, path, headers={"Authorization": f"{scheme} {token}"})

    assert ask("GET", "/api/notifications", alice.token).status_code == 200
    assert ask("POST", "/api/notifications/read-all", alice.token).status_code == 200
    problem(ask("GET", "/api/notifications", reissued(alice.token, exp=int(time.time()) - 1)), 401, "token_expired")
    refreshed = ask("POST", "/api/auth/refresh", alice.refresh_token)
    assert refreshed.json()["access_token"]


@one_database
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.security("S22")
def test_unsigned_token_is_refused(api: Api, alice: Person, algorithm: str) -> None:
    problem(use(api, by_hand({"alg": algorithm, "typ": "JWT"}, claims(alice.token))), 401, "token_invalid")


@one_database
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
@pytest.mark.security("S22")
def test_token_of_another_algorithm_is_refused(api: Api, alice: Person, algorithm: str) -> None:
    problem(use(api, jwt.encode(claims(alice.token), SECRET_KEY * 2, algorithm=algorithm)), 401, "token_invalid")
    with_our_key = by_hand({"alg": algorithm, "typ": "JWT"}, claims(alice.token), alice.token.rpartition(".")[2])
    problem(use(api, with_our_key), 401, "token_invalid")


@one_database
@pytest.mark.parametrize(
    "header",
    [
        {"kid": "../../../../dev/null"},
        {"kid": "' UNION SELECT 'key"},
        {"jku": "http://evil.example/keys"},
        {"x5u": "http://evil.example/key"},
        {"jwk": {"kty": "oct", "k": base64.urlsafe_b64encode(OTHER_KEY.encode()).decode()}},
    ],
    ids=str,
)
@pytest.mark.security("S22")
def test_token_with_its_own_key_is_refused(api: Api, alice: Person, header: dict[str, Any]) -> None:
    problem(use(api, jwt.encode(claims(alice.token), OTHER_KEY, algorithm="HS256", headers=header)), 401, "token_invalid")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_altered_token_is_refused(api: Api, alice: Person, admin: Person, part: int) -> None:
    parts, others = alice.token.split("."), admin.token.split(".")
    parts[part] = others[part] if part else "e30"

    problem(use(api, ".".join(parts)), 401, "token_invalid")


@pytest.mark.security("S23")
def test_expired_token_returns_token_expired(api: Api, alice: Person) -> None:
    problem(use(api, reissued(alice.token, exp=int(time.time()) - 1)), 401, "token_expired")


@one_database
@pytest.mark.parametrize(
    "changed",
    [
        {"nbf": LATER},
        {"type": "refresh"},
        {"aud": "another"},
        {"aud": None},
        {"iss": "another"},
        {"sub": 1},
        {"sub": None},
        {"sub": ["alice"]},
        {"exp": "soon"},
        {"exp": None},
        {"exp": [LATER]},
        {"nbf": {}},
    ],
    ids=lambda changed: str(changed).replace(str(LATER), "later"),
)
@pytest.mark.security("S23")
def test_token_for_another_use_is_refused(api: Api, alice: Person, changed: dict[str, Any]) -> None:
    problem(use(api, reissued(alice.token, **changed)), 401, "token_invalid")


@one_database
@pytest.mark.parametrize("claim", ["exp", "sub", "aud", "iss"])
@pytest.mark.security("S23")
def test_token_without_a_claim_is_refused(api: Api, alice: Person, claim: str) -> None:
    kept = {name: value for name, value in claims(alice.token).items() if name != claim}

    problem(use(api, jwt.encode(kept, SECRET_KEY, algorithm="HS256")), 401, "token_invalid")


@pytest.mark.parametrize("exp", [10**12, 10**30, LATER + 0.5], ids=["year 33658", "beyond 64 bits", "fraction of a second"])
def test_distant_or_fractional_expiry_is_accepted(api: Api, alice: Person, exp: float) -> None:
    assert use(api, reissued(alice.token, exp=exp)).status_code == 200


@pytest.mark.parametrize(
    "changed", [{"sub": "nobody"}, {"sub": ""}, {"ver": -1}, {"ver": 1}, {"ver": None}, {"ver": "0"}, {"ver": [0]}], ids=str
)
def test_token_of_an_unknown_user_or_earlier_version_is_revoked(api: Api, alice: Person, changed: dict[str, Any]) -> None:
    problem(use(api, reissued(alice.token, **changed)), 401, "token_revoked")


@pytest.mark.parametrize("values", [{"token_version": 1}, {"disabled_at": now()}], ids=["version", "disabled"])
def test_user_changes_end_their_tokens(people: People, api: Api, alice: Person, values: dict[str, Any]) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(User).where(User.public_id == alice.id).values(**values))

    problem(use(api, alice.token), 401, "token_revoked")


def test_role_is_read_from_the_database(people: People, dana: Person) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(User).where(User.public_id == dana.id).values(role="user"))

    problem(dana.post("/api/notifications", json={"to": "all", "title": "Hello"}), 403, "forbidden")


@pytest.mark.parametrize("claim", [{"role": "admin"}, {"is_admin": True}, {"role": ["admin"]}], ids=str)
def test_role_claim_of_a_user_token_is_ignored(api: Api, alice: Person, claim: dict[str, Any]) -> None:
    token = reissued(alice.token, **claim)

    answer = api.post("/api/notifications", json={"to": "all", "title": "Hello"}, headers={"Authorization": f"Bearer {token}"})

    problem(answer, 403, "forbidden")


@one_database
@pytest.mark.parametrize("parameter", ["jwt", "token", "access_token", "access_token_cookie", "authorization", "Bearer"])
@pytest.mark.parametrize("path", ["/api/notifications", "/api/notifications/stream"])
@pytest.mark.security("S25")
def test_token_in_the_url_is_ignored(api: Api, alice: Person, path: str, parameter: str) -> None:
    problem(api.get(path, params={parameter: alice.token}), 401, "token_missing")


@pytest.mark.parametrize("name", ["access_token", "jwt", "token"])
def test_token_in_the_body_is_ignored(api: Api, dana: Person, name: str) -> None:
    problem(api.post("/api/notifications", json={"to": "all", "title": "Hello", name: dana.token}), 401, "token_missing")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "{token}", "Token {token}", "Basic {token}"])
def test_non_bearer_authorization_is_ignored(api: Api, alice: Person, value: str) -> None:
    answer = api.get("/api/notifications", headers={"Authorization": value.format(token=alice.token)})

    assert problem(answer, 401)["code"] in ("token_missing", "token_invalid")


@one_database
@pytest.mark.parametrize("value", ["x", "x.y", "x.y.z", "a.b.c.d", "....", "e30.e30.e30", "{token} {token}", "{token}x", "x" * 7000])
def test_malformed_token_is_refused(api: Api, alice: Person, value: str) -> None:
    answer = api.get("/api/notifications", headers={"Authorization": f"Bearer {value.format(token=alice.token)}"})

    problem(answer, 401, "token_invalid")
