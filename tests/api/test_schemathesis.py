"""Compare a real server with the OpenAPI document, by about a thousand generated valid and invalid requests.

Each run uses the same requests. Streams are excluded, since they do not end by themselves,
and the import, whose lines no generator makes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from notifier import create_app
from notifier.services.messages import send
from notifier.services.messages.send import Draft
from notifier.web.openapi.document import document
from tests.api_client import Person
from tests.databases import Databases
from tests.site import Site

pytestmark = pytest.mark.slow

CONFIG = schemathesis.Config.from_dict(
    {
        # Use the caller's token instead of generated ones.
        "generation": {"database": "none", "with-security-parameters": False},
        # A schema cannot express which users exist or which characters a line may contain.
        "checks": {"positive_data_acceptance": {"enabled": False}},
    }
)

APP = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})
schema = schemathesis.openapi.from_dict(document(APP), config=CONFIG).exclude(
    operation_id=["stream", "stream_status", "notifyhub_stream", "vividly_stream", "vividly_stream_of", "import_users"]
)
bounded = settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
CALLERS = [("sqlite", "user"), pytest.param(("postgres", "admin"), marks=pytest.mark.postgres)]
ENDS_ITS_TOKEN = {"logout", "change_password"}


@pytest.fixture(scope="module", params=CALLERS, ids="-".join)
def calls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The database and the role of the caller."""
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture(scope="module")
def databases(calls: tuple[str, str], request: pytest.FixtureRequest) -> Databases:
    chosen: Databases = request.getfixturevalue(f"{calls[0]}_databases")
    return chosen


@pytest.fixture
def caller(site: Site, calls: tuple[str, str]) -> Person:
    return site.person("alice", calls[1])


@pytest.fixture
def notification_id(site: Site, caller: Person) -> str:
    """The id of a notification in the caller's inbox."""
    with site.elsewhere():
        return send.send(Draft(to=caller.address, title="Hello")).id


@schema.parametrize()
@bounded
def test_every_operation_answers_as_documented(case: schemathesis.Case[Any], site: Site, caller: Person, notification_id: str) -> None:
    fit(case, notification_id)
    token = caller.refresh_token if name_of(case) == "refresh" else caller.token
    if name_of(case) in ENDS_ITS_TOKEN:
        token = site.person("alice").token

    headers = {"Authorization": f"Bearer {token}"}
    answer = case.call(site.url, headers=headers)
    # gunicorn refuses a URL that is too long before the application sees it.
    if answer.status_code != 414:
        case.validate_response(answer, headers=headers, transport_kwargs={"base_url": site.url, "headers": headers})


def fit(case: schemathesis.Case[Any], notification_id: str) -> None:
    """Replace valid generated values by existing ids and recipients, so that some requests succeed."""
    if is_uuid(case.path_parameters.get("id")):
        case.path_parameters["id"] = notification_id
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
