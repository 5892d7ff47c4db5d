"""What passes for something else: an invisible letter, an image that is a link, a proxy that looks like this machine."""

from __future__ import annotations

from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from notifier.services import validation
from notifier.services.accounts import api_keys
from notifier.services.preferences import attention
from tests.api_client import Api, problem
from tests.host import SETTINGS, host_token
from tests.people import People, people_in_process

HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return SETTINGS


@pytest.mark.security("S4")
@pytest.mark.parametrize("filler", HANGUL_FILLERS)
def test_an_invisible_letter_makes_no_second_alice(people: People, filler: str) -> None:
    alice, admin = people.account("alice"), people.person("admin", "admin")
    with pytest.raises(ValueError, match="1 to 64 letters"):
        validation.name(alice + filler)

    token = host_token(f"impostor-{ord(filler)}", name=alice + filler)
    assert people.api.request("GET", "/api/notifications", token).status_code == 200

    (found,) = admin.get("/api/users", params={"q": f"impostor-{ord(filler)}"}).json()
    assert validation.is_name(found["name"]) and found["name"] != alice


@pytest.mark.security("S16")
def test_a_narrowed_key_cannot_reach_its_own_user_by_a_session_without_an_owner(people: People, api: Api) -> None:
    alice, bob = people.person("alice"), people.person("bob")
    with people.elsewhere():
        key = api_keys.create("narrow", user=alice.name, scopes=("send", "read"), audience=(bob.address,))
    refused = api.request("POST", "/api/notifications", key, json={"to": alice.address, "title": "Hello"})
    problem(refused, 403, "forbidden")

    for method, path in (("POST", "/api/sessions"), ("PUT", "/api/sessions/job-1")):
        problem(api.request(method, path, key, json={"title": "Hello"}), 403, "forbidden")

    assert alice.get("/api/notifications").json() == []


@pytest.mark.security("S30")
@pytest.mark.parametrize(("destination", "followed"), [("image", False), ("iframe", False), ("document", True)])
def test_an_image_in_a_notification_follows_no_link(people: People, destination: str, followed: bool) -> None:
    alice, dana = people.person("alice"), people.person("dana", "sender")
    id_ = dana.send(alice, actions=[{"label": "Out", "url": "https://a.example/"}])["id"]

    alice.get(f"/go/{id_}/0", headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": destination})

    assert alice.get(f"/api/notifications/{id_}").json()["status"] == ("read" if followed else "unread")


@pytest.mark.security("S45")
def test_zones_that_there_are_not_are_not_looked_up_and_not_kept(people: People) -> None:
    alice = people.person("alice")
    hours = {"from": "22:00", "to": "07:00"}
    assert alice.patch("/api/preferences", json={"quiet_hours": hours}).status_code == 200
    looked_up: list[str] = []

    def zone(name: str) -> ZoneInfo:
        looked_up.append(name)
        return ZoneInfo(name)

    with patch.object(attention, "ZoneInfo", zone):
        for number in range(3):
            assert alice.post("/settings/browser-zone", data={"time_zone": f"No/Such-{number}"}).status_code == 204

    assert set(looked_up) == {"UTC"}


@pytest.mark.security("S48", "S57")
def test_a_proxy_that_sends_nothing_of_its_client_is_known_by_its_protocol(people: People) -> None:
    """`proxy_pass` alone in nginx: the address and the Host are those of this machine, the protocol is HTTP/1.0."""
    old = {"SERVER_PROTOCOL": "HTTP/1.0"}
    with people_in_process(people.app.config["DATABASE_URL"], OPEN_TO=people.account("alice")) as open_to:
        client = open_to.app.test_client()
        statuses = [client.get(path, environ_overrides=given).status_code for path in ("/metrics", "/events") for given in ({}, old)]

    assert statuses == [200, 403, 503, 403]
    assert people.app.test_client().get("/metrics", environ_overrides=old).status_code == 404
