"""The guide for users of older systems: each of its code blocks runs, and does what the guide describes.

An HTML comment before a block names it: `<!-- block: NAME -->`, or gives the reason why no test runs it: `<!-- not run: REASON -->`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from notifier import create_app
from notifier.config import load
from notifier.services.accounts import api_keys
from tests.api_client import Person
from tests.contract.browser_client import sign_in
from tests.contract.guide import BLOCKS, FENCE, MANUAL, RECONNECT, in_node, in_python, in_shell
from tests.databases import Databases
from tests.people import PASSWORD
from tests.servers.notifier import ROOT
from tests.sessions import begin, move
from tests.site import Site
from tests.waiting import eventually

Publish = Callable[[str, str, dict[str, Any]], bool]


def titles(person: Person) -> list[str]:
    return [item["title"] for item in person.get("/api/notifications").json()]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: clients do not notice the database."""
    return sqlite_databases


@pytest.fixture
def publish_notification() -> Publish:
    """The function from the guide."""
    publish: Publish = in_python("vividly-in-process")["publish_notification"]
    return publish


@pytest.fixture
def key(site: Site) -> str:
    """A key that sends."""
    with site.elsewhere():
        return api_keys.create("worker")


def test_each_block_is_run_or_has_a_reason() -> None:
    fences = re.findall(r"^\s*(?:```|~~~)", MANUAL, re.MULTILINE)
    found = list(FENCE.finditer(MANUAL))

    assert len(fences) == 2 * len(found)
    assert not [match["code"] for match in found if match["mark"] is None]
    assert len(BLOCKS) == sum(match["mark"] == "block" for match in found), "two blocks have the same name"
    used = set(re.findall(r"\"([\w-]+)\"", Path(__file__).read_text()))
    assert BLOCKS.keys() <= used, "no test runs these blocks: " + ", ".join(BLOCKS.keys() - used)


def test_ids_come_from_user_create_and_from_the_sign_in(site: Site) -> None:
    created, signed_in = in_shell(site, "ids", PASSWORD=PASSWORD).splitlines()

    assert created == f"maria {json.loads(signed_in)['user']['id']}"


def test_a_key_sends_and_a_key_of_scope_read_opens_events(site: Site, alice: Person) -> None:
    sent, *stream = in_shell(site, "keys", {"alice": alice.name, "curl -sN": "curl -sN --max-time 2"}).splitlines()

    assert json.loads(sent)["recipients"] == 1
    assert "event: init" in stream
    (data,) = [line.removeprefix("data: ") for line in stream if line.startswith("data: [")]
    assert [item["message"] for item in json.loads(data)] == ["Test message"]


def test_settings_are_valid(site: Site, tmp_path: Path) -> None:
    code = BLOCKS["settings"] + "env -0"
    environment = {"PATH": os.environ["PATH"], "REDIS_HOST": "redis.example.com"}
    printed = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=environment, check=True).stdout
    settings = load(instance=tmp_path, environ=dict(line.split("=", 1) for line in printed.split("\0") if line))

    assert settings.REDIS_URL == "redis://redis.example.com:6379"
    assert settings.DATABASE_URL == "postgresql+psycopg://notifier@db/notifier"


def test_us003_page_resumes_with_a_new_event_source(site: Site, alice: Person, dana: Person) -> None:
    with in_node(site, alice, "us003-page", RECONNECT) as script:
        script.until("setBadge", 0)
        dana.send(alice, title="before")
        script.until("setBadge", 1)
        assert script.until("show")[0]["title"] == "before"
        script.command("close")
        script.until("closed")
        dana.send(alice, title="meanwhile")
        script.command("connect")

        assert script.until("show")[0]["title"] == "meanwhile"


def test_us003_server_sends_in_process(site: Site, alice: Person) -> None:
    with site.elsewhere():
        in_python("us003-send", user_id=alice.id)

    assert titles(alice) == ["Your session is ready"]


def test_us003_count_of_connections(site: Site, alice: Person) -> None:
    alice.connected()

    assert re.findall(r"^sse_connections_total(?:\{.*\})? (\S+)$", in_shell(site, "us003-count"), re.MULTILINE) == ["1.0"]


def test_notifyhub_push(site: Site, alice: Person, bob: Person) -> None:
    in_shell(site, "notifyhub-push", {"9080": str(site.server.port), "alice": alice.name})

    assert titles(alice) == ["Only for alice".replace("alice", alice.name), "Test message"]
    assert titles(bob) == ["Test message"]


def test_notifyhub_page_replaces_what_is_updated_in_place(site: Site, alice: Person, dana: Person) -> None:
    dana.send(alice, title="1 of 2", collapse_key="upload")
    dana.send(alice, title="another")
    with in_node(site, alice, "notifyhub-page") as script:
        assert [item["message"] for item in script.until("show")[0]] == ["1 of 2", "another"]
        dana.send(alice, title="2 of 2", collapse_key="upload")

        assert [item["message"] for item in script.until("show")[0]] == ["another", "2 of 2"]


def test_notifyhub_page_in_the_fourth_tab_loads_the_list(site: Site, alice: Person, dana: Person) -> None:
    for _ in range(3):
        alice.connected()
    dana.send(alice, title="Hello", message="for all tabs")
    with in_node(site, alice, "notifyhub-page") as script:
        assert [item["message"] for item in script.until("show")[0]] == ["for all tabs"]


def test_session_worker_reports(site: Site, alice: Person, key: str) -> None:
    code = BLOCKS["session-worker"].replace('"alice"', "owner")
    assert code != BLOCKS["session-worker"]
    exec(code, {"url": site.url, "key": key, "owner": alice.name})

    (item,) = alice.get("/api/sessions").json()
    assert (item["title"], item["status"]) == ("Transcode talk.mp3", "processed")


def test_session_of_a_command(site: Site, alice: Person) -> None:
    replace = {"8000": str(site.server.port), "alice": alice.name, "ffmpeg -i talk.mp3 talk.wav": "echo 45%"}

    assert in_shell(site, "session-run", replace) == "45%\n"
    eventually(lambda: titles(alice) == ["Transcode"])


def test_page_watches_a_session_in_four_lines(site: Site, alice: Person, dana: Person, page: Page) -> None:
    session = begin(dana, alice)
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    page.evaluate(
        f"""id => {{
        const bar = document.createElement("progress");
        bar.max = 100;
        {BLOCKS["session-page"]}
        Object.assign(window, {{ bar, source }});
    }}""",
        session,
    )
    move(dana, session, "working", 45)
    page.wait_for_function("() => window.bar.value === 45")
    move(dana, session, "processed")

    page.wait_for_function("() => window.bar.value === 100 && window.source.readyState === EventSource.CLOSED")


def test_vividly_page_loads_the_history_with_a_new_event_source(site: Site, alice: Person, dana: Person) -> None:
    with in_node(site, alice, "vividly-page", RECONNECT) as script:
        script.until("showHistory", [], 0)
        dana.send(alice, title="before", type="video_complete", metadata={"content_id": "7"})
        assert script.until("toast") == ["video_complete", {"content_id": "7", "title": "before"}]
        assert [item["title"] for item in script.until("showHistory")[0]] == ["before"]
        script.command("close")
        script.until("closed")
        dana.send(alice, title="meanwhile")
        script.command("connect")

        assert [item["title"] for item in script.until("showHistory")[0]] == ["meanwhile", "before"]


def test_vividly_worker_in_process_publishes_to_the_stream(site: Site, alice: Person, publish_notification: Publish) -> None:
    stream = alice.stream("/api/v1/notifications/stream")
    stream.next()
    payload = {"content_id": "7", "title": "Video Ready!", "video_url": "/video/7", "error_message": None}
    with site.elsewhere():
        assert publish_notification(alice.id, "video_complete", payload) is True

    assert stream.next().json["payload"] == {"content_id": "7", "title": "Video Ready!", "video_url": "/video/7"}


@pytest.mark.parametrize(("user", "payload"), [("nobody", {"title": "T"}), (None, {"title": "T"}), ("alice", {"title": "a\0b"})])
def test_failed_publish_is_logged_and_returns_false(
    site: Site, alice: Person, publish_notification: Publish, user: Any, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with site.elsewhere():
        assert publish_notification(alice.id if user == "alice" else user, "video_complete", payload) is False

    assert [record.name for record in caplog.records] == ["worker"]
    assert alice.get("/api/notifications").json() == []


def test_unavailable_database_returns_false(publish_notification: Publish, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nowhere", "SECRET_KEY": "x" * 32})
    with app.app_context():
        assert publish_notification("anybody", "video_complete", {"title": "T"}) is False

    assert "worker" in [record.name for record in caplog.records]


def test_vividly_worker_elsewhere_publishes_with_a_key(site: Site, alice: Person, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.setenv("NOTIFIER_URL", site.url)
    monkeypatch.setenv("NOTIFIER_API_KEY", key)

    assert in_python("vividly-worker", user_id=alice.id)["sent"] is True
    (item,) = alice.get("/api/notifications").json()
    assert (item["title"], item["image_url"]) == ("Video Ready!", "/thumbs/7.jpg")
    assert item["actions"] == [{"label": "Watch Now", "url": "/video/7"}]


@pytest.mark.parametrize("link", re.findall(r"\]\(\.\./([^)]+)\)", MANUAL))
def test_links_of_the_manual_resolve(link: str) -> None:
    assert (ROOT / link).exists()
