"""HTML stream for browsers over a real server: the same delivery promise as the JSON stream."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api_client import Person, problem
from tests.databases import Databases
from tests.people import PASSWORD
from tests.site import Site
from tests.sse import Stream
from tests.web.tab import Parts

LIMIT = 40


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the bytes of a stream do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"REPLAY_LIMIT": LIMIT, "HEARTBEAT_SECONDS": 0.5, "STREAM_MAX_PER_USER": 3}


class Browser:
    """Alice's HTTP client, signed in by the login form."""

    def __init__(self, url: str, name: str) -> None:
        self.client = httpx.Client(base_url=url, trust_env=False)
        self.url = url
        self.streams: list[Stream] = []
        assert self.client.post("/login", data={"username": name, "password": PASSWORD}).status_code == 303

    def stream(self, query: str = "", **kwargs: str) -> Stream:
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        headers = {"Cookie": cookies, "Accept": "text/html, text/event-stream", "HX-Request": "true"}
        self.streams.append(Stream(f"{self.url}/stream{query}", headers=headers, **kwargs))  # type: ignore[arg-type]
        return self.streams[-1]

    def connected(self, query: str = "", **kwargs: str) -> Stream:
        stream = self.stream(query, **kwargs)
        stream.until("connected")
        return stream

    def cursor(self) -> str:
        """The cursor embedded in a page that is loaded now."""
        return Parts(self.client.get("/settings").text).cursor

    def close(self) -> None:
        for stream in self.streams:
            stream.close()
        self.client.close()


@pytest.fixture
def laptop(site: Site, alice: Person) -> Iterator[Browser]:
    laptop = Browser(site.url, alice.name)
    yield laptop
    laptop.close()


def toasts(stream: Stream) -> list[str]:
    return [title for event in stream.events for part in Parts(event.data).parts for title in part.toasts]


def titles(stream: Stream) -> list[str]:
    parts = (part for event in stream.events if event.name == "message" for part in Parts(event.data).parts)
    return [row.title for part in parts for row in part.rows if row.id.startswith("n-")]


def test_html_stream_has_the_headers_of_a_stream(laptop: Browser) -> None:
    stream = laptop.connected()

    assert stream.headers["content-type"] == "text/event-stream"
    assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-cache", "no")
    assert "default-src 'self'" in stream.headers["content-security-policy"]
    assert stream.chunked and stream.events[0].id
    assert stream.until("heartbeat").json.keys() == {"timestamp", "connections", "seq", "unread_count"}


def test_message_arrives_as_partials_at_once(laptop: Browser, dana: Person, alice: Person, bob: Person) -> None:
    stream = laptop.connected()
    dana.send(bob, title="for bob")

    id = dana.send(alice, title="for alice", type="success")["id"]

    event = stream.until("message")
    assert event.id == stream.last_event_id and event.id.endswith("-1")
    assert (titles(stream), toasts(stream)) == (["for alice"], ["for alice"])
    assert 'hx-target="#bell"' in event.data
    alice.patch(f"/api/notifications/{id}", json={"status": "read"})
    assert f'hx-target="#n-{id}"' in stream.until("message").data


@pytest.mark.parametrize("way", ["query", "header"])
def test_nothing_is_lost_between_page_and_stream(laptop: Browser, dana: Person, alice: Person, way: str) -> None:
    cursor = laptop.cursor()
    dana.send(alice, title="between", type="success")

    stream = laptop.stream(f"?last_event_id={cursor}") if way == "query" else laptop.stream(last_event_id=cursor)

    assert stream.until("connected").id == cursor
    assert stream.until("message").id == f"{cursor.partition('-')[0]}-1"
    assert (titles(stream), toasts(stream)) == (["between"], ["between"])
    dana.send(alice, title="live", type="success")
    stream.until("message")
    assert toasts(stream)[1:] == ["live"]


def test_reconnecting_page_gets_missed_changes_and_one_toast(laptop: Browser, dana: Person, alice: Person) -> None:
    cursor = laptop.cursor()
    for number in range(14):
        dana.send(alice, title=str(number), type="success")

    stream = laptop.connected(last_event_id=cursor)
    stream.until(lambda event: bool(event.id and event.id.endswith("-14")))

    assert titles(stream) == [str(number) for number in range(14)]
    assert toasts(stream) == ["14 new while you were away"]


@pytest.mark.parametrize("given", ["malformed", "00000000-1", "too far behind"])
def test_page_that_cannot_be_replayed_reloads_its_lists(laptop: Browser, dana: Person, alice: Person, given: str) -> None:
    cursor = laptop.cursor()
    for _ in range(LIMIT + 1):
        dana.send(alice)

    stream = laptop.connected(last_event_id=cursor if given == "too far behind" else given)

    assert stream.events[0].id is None
    reset = stream.until("reset")
    assert reset.id == laptop.cursor()
    lists = laptop.client.get("/fragments/inbox")
    assert lists.headers["last-event-id"] == reset.id


def test_sign_out_ends_the_html_stream(laptop: Browser) -> None:
    stream = laptop.connected()

    laptop.client.post("/logout", data={"csrf_token": laptop.client.cookies["csrf_access_token"]})

    assert stream.until("bye").json["reason"] == "revoked"
    assert stream.wait_closed()
    problem(laptop.stream(), 401, "token_missing")


def test_html_stream_over_the_limit_is_refused(laptop: Browser) -> None:
    for _ in range(3):
        laptop.connected()

    problem(laptop.stream(), 429, "too_many_streams")
