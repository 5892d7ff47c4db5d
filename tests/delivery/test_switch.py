"""The kill switch for all streams, used while streams are open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier.errors import Conflict
from notifier.services.streams import kill_switch
from tests.api_client import Person, problem
from tests.conftest import Serve
from tests.site import Site

WITHIN = 2.5


@pytest.fixture(autouse=True)
def _on_again(site: Site) -> Iterator[None]:
    yield
    with site.elsewhere():
        kill_switch.set_streams(True)


def turn(site: Site, on: bool) -> None:
    with site.elsewhere():
        kill_switch.set_streams(on)
        assert kill_switch.streams_enabled() is on


def test_kill_switch_ends_streams_and_refuses_new_ones(site: Site, alice: Person, bob: Person) -> None:
    streams = [alice.connected(), bob.connected()]
    turn(site, False)
    refused = alice.stream()
    problem(refused, 503, "disabled")
    assert int(refused.headers["retry-after"]) >= 30
    for stream in streams:
        assert stream.until("bye", timeout=WITHIN).json["reason"] == "disabled"
        stream.wait_closed()
        assert stream.ended_cleanly


def test_everything_else_works_while_streams_are_off(site: Site, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    turn(site, False)
    stream.until("bye", timeout=WITHIN)
    sent = dana.send(alice)["id"]
    assert [item["id"] for item in alice.get("/api/notifications").json()] == [sent]

    turn(site, True)
    assert alice.stream(last_event_id=stream.last_event_id).until("notification").json["id"] == sent


def test_setting_overrides_the_switch(serve: Serve) -> None:
    site = serve(ENABLE_SSE_NOTIFICATIONS=False)
    problem(site.person("alice").stream(), 503, "disabled")
    site.app.config["ENABLE_SSE_NOTIFICATIONS"] = False
    with site.elsewhere():
        assert not kill_switch.streams_enabled()
        with pytest.raises(Conflict):
            kill_switch.set_streams(True)
