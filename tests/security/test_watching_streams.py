"""The right to watch ends with what gave it, for every kind of stream."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.services.accounts import users
from tests.api_client import STREAM_PATH, Person
from tests.databases import Databases
from tests.people import PASSWORD, People
from tests.sessions import begin
from tests.site import Site
from tests.sse import Stream
from tests.waiting import eventually

WITHIN = 2.0
PER_USER = 4

End = Callable[[Person], object]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the queries of grants are tested on both in `test_revocation`."""
    return sqlite_databases


@pytest.fixture(scope="module")
def people(site: Site) -> People:
    return site


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_MAX_PER_USER": PER_USER}


def sign_out(person: Person) -> None:
    assert person.post("/api/auth/logout").status_code == 200


def change_password(person: Person) -> None:
    assert person.post("/api/auth/password", json={"old": PASSWORD, "new": "another horse entirely"}).status_code == 200


def disable(person: Person) -> None:
    users.set_disabled(person.name, True)


def demote(person: Person) -> None:
    users.set_role(users.by_name(person.name), "user")


def watched(site: Site, admin: Person, alice: Person, session: str) -> dict[str, Stream]:
    """Open one stream of each kind that shows what belongs to alice."""
    cookie = {"Cookie": f"access_token_cookie={admin.token}"}
    return {
        "inbox": admin.stream(f"/api/v1/notifications/stream/{alice.id}"),
        "session": admin.stream(f"/api/sessions/{session}/status/stream"),
        "session's page": Stream(f"{site.url}/sessions/{session}/stream", headers=cookie),
    }


def own(site: Site, admin: Person) -> dict[str, Stream]:
    """Open one stream of each kind of the admin's own inbox."""
    cookie = {"Cookie": f"access_token_cookie={admin.token}"}
    paths = (STREAM_PATH, "/events", "/api/v1/notifications/stream")
    return {path: admin.stream(path) for path in paths} | {"/stream": Stream(f"{site.url}/stream", headers=cookie)}


def ended(streams: dict[str, Stream]) -> list[str]:
    return [name for name, stream in streams.items() if stream.wait_closed(0.01)]


@pytest.mark.security("S33", "S34")
@pytest.mark.parametrize("end", [sign_out, change_password, disable])
def test_end_of_a_sign_in_ends_streams_of_every_kind(site: Site, admin: Person, alice: Person, dana: Person, end: End) -> None:
    streams = watched(site, admin, alice, begin(dana, alice)) | own(site, admin)
    assert {stream.response.status_code for stream in streams.values()} == {200}

    with site.elsewhere():
        end(admin)

    eventually(lambda: ended(streams) == list(streams), within=WITHIN, why=lambda: f"ended: {ended(streams)}")


@pytest.mark.security("S34")
def test_demotion_ends_streams_of_what_belongs_to_others_only(site: Site, admin: Person, alice: Person, dana: Person) -> None:
    of_others, mine = watched(site, admin, alice, begin(dana, alice)), own(site, admin)

    with site.elsewhere():
        demote(admin)

    eventually(lambda: ended(of_others) == list(of_others), within=WITHIN, why=lambda: f"ended: {ended(of_others)}")
    assert ended(mine) == []
    for stream in mine.values():
        stream.close()


@pytest.mark.security("S44")
def test_watching_takes_none_of_the_users_own_streams(site: Site, admin: Person, alice: Person) -> None:
    watching = [admin.stream(f"/api/v1/notifications/stream/{alice.id}") for _ in range(PER_USER)]
    mine = [alice.stream() for _ in range(PER_USER)]

    assert {stream.response.status_code for stream in (*watching, *mine)} == {200}
    assert alice.stream().response.status_code == 429
