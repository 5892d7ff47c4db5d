"""Two instances whose clocks differ, and a clock that steps back, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.api_client import Api
from tests.databases import Databases
from tests.faults.sabotage import Sabotaged
from tests.people import PASSWORD
from tests.site import Site


@pytest.fixture(scope="module")
def right(site: Site) -> Site:
    return site


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {}


@pytest.fixture(scope="module")
def skewed(site: Site, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sabotaged]:
    server = Sabotaged(site.server.database_url, tmp_path_factory.mktemp("skewed"))
    server.set_clock(30)
    with server:
        yield server


@pytest.mark.security("S23", "S35")
@pytest.mark.parametrize("seconds", [30, -30])
def test_instances_half_a_minute_apart_accept_each_others_tokens(right: Site, skewed: Sabotaged, seconds: int) -> None:
    name = right.account("alice")
    skewed.set_clock(seconds)
    refused = []
    with ExitStack() as stack:
        apis = [stack.enter_context(Api(url)) for url in (right.url, skewed.url)]
        for issuer in apis:
            for verifier in apis:
                person = issuer.login(name, PASSWORD)
                cookie = {"Cookie": f"access_token_cookie={person.token}; refresh_token_cookie={person.refresh_token}"}
                answers = {
                    "token": verifier.request("GET", "/api/notifications", person.token),
                    "page": verifier.get("/notifications", headers=cookie),
                    "refresh": verifier.request("POST", "/api/auth/refresh", person.refresh_token),
                }
                refused += [f"{kind}: {answer.status_code}" for kind, answer in answers.items() if answer.status_code != 200]

    assert refused == []


@pytest.mark.security("S23")
def test_clock_that_steps_back_signs_nobody_out(right: Site, skewed: Sabotaged) -> None:
    skewed.set_clock(0)
    name = right.account("alice")
    with httpx.Client(base_url=skewed.url, trust_env=False) as browser, Api(skewed.url) as api:
        person = api.login(name, PASSWORD)
        stream = person.connected()
        assert browser.post("/login", data={"username": name, "password": PASSWORD}).status_code == 303
        skewed.set_clock(-3)

        assert person.get("/api/notifications").status_code == 200
        assert browser.get("/notifications").status_code == 200
        right.person("dana", "sender").send(f"user:{name}")
        assert stream.until("notification", 5)
        stream.close()
