"""What each client goes through, all of them at once on one server, and what it received."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import STREAM_PATH, Person
from tests.clients.installed import Installed
from tests.sessions import SESSIONS, begin, move
from tests.site import Site
from tests.waiting import eventually

TEXTS = ("Åse … ✅", "進捗 \u2028 完了", "أهلا وسهلا", "Москва", "नमस्ते", "👩‍👩‍👧 😀", "שלום")
STATIONS = ("receive", "TERM", "kill -9", "revoked", "ended session")
WITHIN_SECONDS = 45.0


@dataclass(slots=True)
class Listener:
    """A client on one stream. Its process prints each event as a line of JSON into `output`."""

    client: Installed
    person: Person
    output: Path
    process: subprocess.Popen[bytes]
    found: dict[str, str] = field(default_factory=dict)

    def named(self, *names: str) -> list[dict[str, str]]:
        lines = self.output.read_text().split("\n")[:-1]  # the last one may not be complete
        return [event for event in map(json.loads, lines) if event["name"] in names]

    def titles(self) -> list[str]:
        return [json.loads(event["data"])["title"] for event in self.named("notification")]

    def note(self, station: str, came: Callable[[], bool], passed: str = "✓") -> None:
        """Wait for what has to come, and note whether it did."""
        try:
            eventually(came, within=WITHIN_SECONDS)
        except AssertionError:
            self.found[station] = "FAIL"
            print(f"{self.client}, {station}: {self.output.read_text()[-2000:]}", flush=True)
        else:
            if self.found.get(station) != "FAIL":
                self.found[station] = passed


def journey(site: Site, clients: Sequence[Installed], folder: Path) -> list[dict[str, str]]:
    """The notes on each client at the stations."""
    dana = site.person("dana", "sender")
    people = [site.person("alice") for _ in clients]
    with _listening(site, clients, people, [STREAM_PATH] * len(clients), folder) as listeners:
        _inbox(site, dana, listeners)
        _revoked(dana, listeners)
    people = [site.person("alice") for _ in clients]
    sessions = [begin(dana, person) for person in people]
    with _listening(site, clients, people, [f"{SESSIONS}/{id}/status/stream" for id in sessions], folder) as watchers:
        _ended(dana, watchers, sessions)
    return [listener.found | watcher.found for listener, watcher in zip(listeners, watchers, strict=True)]


@contextmanager
def _listening(
    site: Site, clients: Sequence[Installed], people: Sequence[Person], paths: Sequence[str], folder: Path
) -> Iterator[list[Listener]]:
    listeners: list[Listener] = []
    try:
        for number, (client, person, path) in enumerate(zip(clients, people, paths, strict=True)):
            output = folder / f"{number}-{path == STREAM_PATH}"
            with output.open("wb") as stdout:
                process = subprocess.Popen([*client.command, site.url + path, person.token], stdout=stdout, stderr=subprocess.DEVNULL)
            listeners.append(Listener(client, person, output, process))
        yield listeners
    finally:
        for listener in listeners:
            listener.process.kill()
            listener.process.wait()


def _inbox(site: Site, dana: Person, listeners: Sequence[Listener]) -> None:
    """Each message once and in order: live, and over two restarts of the server."""
    for listener in listeners:
        listener.note("receive", lambda listener=listener: bool(listener.named("connected")))  # type: ignore[misc]
    sent = list(TEXTS)
    for text in TEXTS:
        dana.send("all", title=text)
    _all_note(listeners, "receive", sent)
    for station, stop in (("TERM", site.server.terminate), ("kill -9", site.server.kill)):
        stop()
        with site.elsewhere():
            send.send(Draft(to="all", title=f"while it was away: {station}"))
        site.server.start()
        dana.send("all", title=f"after {station}")
        sent += [f"while it was away: {station}", f"after {station}"]
        _all_note(listeners, station, sent)


def _all_note(listeners: Sequence[Listener], station: str, sent: list[str]) -> None:
    for listener in listeners:
        listener.note(station, lambda listener=listener: listener.titles() == sent)  # type: ignore[misc]


def _revoked(dana: Person, listeners: Sequence[Listener]) -> None:
    """After signing out the stream ends, and the client receives nothing more."""
    before = [listener.titles() for listener in listeners]
    for listener in listeners:
        listener.person.post("/api/auth/logout")
    for listener in listeners:
        listener.note("revoked", lambda listener=listener: bool(listener.named("bye")))  # type: ignore[misc]
        listener.note("revoked", lambda listener=listener: bool(listener.named("closed")), "✓ stops at 401")  # type: ignore[misc]
    dana.send("all", title="after the end")
    for listener, titles in zip(listeners, before, strict=True):
        if listener.titles() != titles:
            listener.found["revoked"] = "FAIL"


def _ended(dana: Person, watchers: Sequence[Listener], sessions: Sequence[str]) -> None:
    """The last event comes once, and the client that reconnects with its id is answered 204."""
    for watcher in watchers:
        watcher.note("ended session", lambda watcher=watcher: bool(watcher.named("progress")))  # type: ignore[misc]
    for session in sessions:
        move(dana, session, "processed", message="Åse … ✅ \u2028")
    for watcher in watchers:
        watcher.note("ended session", lambda watcher=watcher: len(watcher.named("complete")) == 1)  # type: ignore[misc]
    for watcher in watchers:
        with suppress(AssertionError):
            eventually(lambda watcher=watcher: bool(watcher.named("closed")), within=10.0)  # type: ignore[misc]
        stops = bool(watcher.named("closed"))
        passed = "✓ stops at 204" if stops else "✓, but asks again at 204"
        watcher.note("ended session", lambda watcher=watcher: len(watcher.named("complete")) == 1, passed)  # type: ignore[misc]
