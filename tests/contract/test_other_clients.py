"""The API's stream, read by third-party clients."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import STREAM_PATH, Person
from tests.conftest import Serve
from tests.contract.browser_client import listen, received, sign_in
from tests.contract.other_clients import CLIENTS, npm_eventsource, undici
from tests.databases import Databases
from tests.site import Site

TITLE = "Åse … \u2028 ✅ 進 أهلا 😀"
NAMES = ("connected", "notification", "state", "heartbeat", "bye")


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": 1, "KEEPALIVE_SECONDS": 0.3}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: clients do not notice the database."""
    return sqlite_databases


@CLIENTS
def test_clients_receive_named_events_with_cursors(client: Any, site: Site, alice: Person, dana: Person) -> None:
    with client(site.url + STREAM_PATH, alice.token, *NAMES) as listener:
        connected = listener.until("connected")
        assert connected.json["user_id"] == alice.id
        sent = dana.send(alice, title=TITLE)
        event = listener.until("notification")
        assert (event.json["id"], event.json["title"]) == (sent["id"], TITLE)
        assert event.id.endswith(f"-{sent['seq']}")
        alice.patch(f"/api/notifications/{sent['id']}", json={"status": "read"})
        assert listener.until("state").json["changed"] == [{"id": sent["id"], "status": "read"}]
        listener.until("heartbeat")
        assert listener.without_data == []


@pytest.mark.parametrize("client", [npm_eventsource, undici], ids=lambda client: client.__name__)
def test_clients_resume_by_cursor_after_a_restart(client: Any, serve: Serve) -> None:
    site = serve()
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with client(site.url + STREAM_PATH, alice.token, *NAMES) as listener:
        listener.until("connected")
        dana.send(alice, title="before")
        cursor = listener.until("notification").id
        site.server.kill()
        with site.elsewhere():
            send.send(Draft(to=alice.address, title="during the restart"))
        site.server.start()
        assert listener.until("connected").id == cursor
        assert listener.until("notification").json["title"] == "during the restart"


def test_chromium_reconnects_after_the_stream_was_ended(site: Site, alice: Person, dana: Person, page: Page) -> None:
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    listen(page, STREAM_PATH, *NAMES)
    received(page, "connected")
    dana.send(alice, title="before")
    (before,) = received(page, "notification")
    page.evaluate(
        """async ([url, cursor]) => {
        window.source.close();
        window.ids = [];
        const again = window.source = new EventSource(`${url}?last_event_id=${cursor}`);
        again.addEventListener("notification", ({ data }) => window.ids.push(JSON.parse(data).title));
    }""",
        [STREAM_PATH, before["id"]],
    )
    dana.send(alice, title="after")

    page.wait_for_function("() => window.ids.length === 1 && window.ids[0] === 'after'")
    page.evaluate("window.source.close()")
