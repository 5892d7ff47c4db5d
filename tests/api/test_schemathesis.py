"""What the document promises, asked of a real server with thousands of right and wrong requests that a machine made of it.

The same ones each time. A stream has no end, so it is left to the tests of streams.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, load_all_checks

from notifier.web.apidoc.document import document
from tests.api_client import Person
from tests.databases import Databases
from tests.site import Site

CONFIG = {
    "generation": {"deterministic": True, "database": "none"},
    "checks": {"positive_data_acceptance": {"enabled": False}, "allow_header_conformance": {"enabled": False}},
}

schema = schemathesis.openapi.from_dict(document(), config=schemathesis.Config.from_dict(CONFIG)).exclude(operation_id="stream")
bounded = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@schema.parametrize()
@bounded
def test_a_user_is_answered_as_documented(case: schemathesis.Case, site: Site, alice: Person) -> None:
    case.call_and_validate(base_url=site.url, headers={"Authorization": f"Bearer {alice.token}"})


@schema.parametrize()
@bounded
def test_an_admin_is_answered_as_documented(case: schemathesis.Case, site: Site, admin: Person) -> None:
    case.call_and_validate(base_url=site.url, headers={"Authorization": f"Bearer {admin.token}"})
