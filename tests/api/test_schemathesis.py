"""Compare a real server with the OpenAPI document, by about a thousand generated valid and invalid requests.

Each run uses the same requests. Streams are excluded, since they do not end by themselves,
and the import, whose lines no generator makes. The requests are made when the test runs: made while tests are collected, as
`schema.parametrize()` does, they cost each test process several seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth
from schemathesis.transport.requests import ManagedCookiesSession

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from notifier.web.openapi.document import document
from tests.api_client import Person
from tests.databases import Databases
from tests.servers import Notifier
from tests.servers.notifier import ROOT
from tests.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

bounded = settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
# Each limit of each field is tried by the admin, whom no missing permission stops before: a user gets generated requests only.
CALLERS = [("sqlite", "user", False), pytest.param(("postgres", "admin", True), marks=pytest.mark.postgres)]
ENDS_ITS_TOKEN = {"logout", "change_password", "refresh"}
WITHOUT = ["stream", "stream_status", "notifyhub_stream", "vividly_stream", "vividly_stream_of", "import_users"]


class CheapHashes(Notifier):
    def serving(self) -> list[str]:
        return [*super().serving()[:-1], "--pythonpath", str(ROOT), "tests.api.cheap_server:app"]


@pytest.fixture(scope="module")
def program() -> type[Notifier]:
    return CheapHashes


@pytest.fixture(scope="module", params=CALLERS, ids=lambda calls: "-".join(calls[:2]))
def calls(request: pytest.FixtureRequest) -> tuple[str, str, bool]:
    """The database, the role of the caller, and whether to try each limit of each field."""
    chosen: tuple[str, str, bool] = request.param
    return chosen


@pytest.fixture(scope="module")
def databases(calls: tuple[str, str, bool], request: pytest.FixtureRequest) -> Databases:
    chosen: Databases = request.getfixturevalue(f"{calls[0]}_databases")
    return chosen


@pytest.fixture
def documented(calls: tuple[str, str, bool], site: Site) -> BaseSchema:
    """The operations of the document."""
    config = schemathesis.Config.from_dict(
        {
            # Use the caller's token instead of generated ones.
            "generation": {"database": "none", "with-security-parameters": False},
            # A schema cannot express which users exist or which characters a line may contain.
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "phases": {"coverage": {"enabled": calls[2]}},
        }
    )
    return schemathesis.openapi.from_dict(document(site.app), config=config).exclude(operation_id=WITHOUT)


@pytest.fixture
def caller(site: Site, calls: tuple[str, str, bool]) -> Iterator[Person]:
    """A user whose token no operation may end, since all later ones would then only be refused."""
    person = site.person("alice", calls[1])
    yield person
    assert person.get("/api/notifications").status_code == 200


@pytest.fixture
def connection() -> Iterator[ManagedCookiesSession]:
    """One connection for all requests, without cookies."""
    with ManagedCookiesSession() as connection:
        connection.trust_env = False
        yield connection


def test_every_operation_answers_as_documented(
    documented: BaseSchema, site: Site, caller: Person, connection: ManagedCookiesSession, subtests: pytest.Subtests
) -> None:
    enforced: set[str] = set()
    for built in get_all_tests(schema=documented, test_func=answers_as_documented, settings=bounded, given_kwargs={}):
        operation, check = built.ok()  # type: ignore[union-attr]
        with subtests.test(operation.label):
            check(site=site, caller=caller, connection=connection, enforced=enforced)
    assert len(enforced) > 10


def answers_as_documented(
    case: schemathesis.Case[Any], site: Site, caller: Person, connection: ManagedCookiesSession, enforced: set[str]
) -> None:
    """Send the request and validate the answer. `enforced`: operations that are known to refuse the same request without a token."""
    fit(case, site, caller)
    token = caller.token
    if name_of(case) in ENDS_ITS_TOKEN:
        other = site.person("alice")
        token = other.refresh_token if name_of(case) == "refresh" else other.token

    headers = {"Authorization": f"Bearer {token}"}
    answer = case.call(site.url, connection, headers=headers)
    # gunicorn refuses a URL that is too long before the application sees it.
    if answer.status_code != 414:
        known = [ignored_auth] if name_of(case) in enforced else []
        case.validate_response(answer, excluded_checks=known, headers=headers, transport_kwargs={"base_url": site.url, "headers": headers})
        # The check is made for successful requests, if their path is valid.
        if answer.status_code < 300 and not (case.meta and case.meta.is_negative_at(ParameterLocation.PATH)):
            enforced.add(name_of(case))


def fit(case: schemathesis.Case[Any], site: Site, caller: Person) -> None:
    """Replace valid generated values by existing ids and recipients, so that some requests succeed."""
    if is_uuid(case.path_parameters.get("id")):
        with site.elsewhere():
            case.path_parameters["id"] = send.send(Draft(to=caller.address, title="Hello")).id
    if name_of(case) == "send" and isinstance(case.body, dict) and is_audience(case.body.get("to")):
        case.body["to"] = "all"
        if isinstance(case.body.get("user_id", ""), str | None):
            case.body.pop("user_id", None)


def name_of(case: schemathesis.Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])


def is_uuid(value: object) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


def is_audience(value: object) -> bool:
    terms = value if isinstance(value, list) else [value]
    return 1 <= len(terms) <= 1000 and all(isinstance(term, str) for term in terms)
