"""The programs in `examples/` work as described."""

from __future__ import annotations

import array
import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from notifier.services.accounts import api_keys
from tests.api_client import Person
from tests.contract.browser_client import sign_in
from tests.databases import Databases
from tests.servers.notifier import ROOT
from tests.servers.port import Port
from tests.servers.process import Process
from tests.site import Site
from tests.waiting import eventually

EXAMPLES = ROOT / "examples"
_SECONDS = 30.0


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the examples do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def port() -> Iterator[Port]:
    """The port of the other origin."""
    port = Port()
    yield port
    port.release()


@pytest.fixture(scope="module")
def settings(port: Port) -> dict[str, object]:
    return {"CORS_ORIGINS": f"http://127.0.0.1:{port.number}"}


@pytest.fixture(scope="module")
def other_origin(port: Port, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the example page from the other origin and yield its URL."""
    directory = tmp_path_factory.mktemp("other-origin")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        str(port.number),
        "--directory",
        EXAMPLES / "other-origin",
    ]
    process = Process(command, log=directory / "log", cwd=directory, env=os.environ)
    eventually(port.listening, within=_SECONDS)
    yield f"http://127.0.0.1:{port.number}/"
    process.kill()


def run(site: Site, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program with the URL of the site and an API key in its environment."""
    with site.elsewhere():
        key = api_keys.create("examples")
    environment = os.environ | {"NOTIFIER_URL": site.url, "NOTIFIER_API_KEY": key, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=_SECONDS)


def recording(path: Path, seconds: int) -> Path:
    """Write a WAV file whose first half is silent and whose second half is not."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(100)
        sound.writeframes(array.array("h", [0] * (50 * seconds) + [1000, -1000] * (25 * seconds)).tobytes())
    return path


def test_worker_writes_its_transcript_and_notifies_the_owner(site: Site, alice: Person, tmp_path: Path) -> None:
    done = run(site, sys.executable, EXAMPLES / "transcribe.py", recording(tmp_path / "talk.wav", 20), alice.name)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "talk.txt").read_text() == "00:00 (silence)\n00:05 (silence)\n00:10 (speech)\n00:15 (speech)\n"
    (item,) = alice.get("/api/notifications").json()
    assert (item["type"], item["title"]) == ("transcription_complete", "Transcribe talk.wav")
    assert item["actions"] == [{"label": "Read", "url": "/transcripts/talk.txt"}]


def test_failing_worker_reports_its_error(site: Site, alice: Person, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"no sound")

    done = run(site, sys.executable, EXAMPLES / "transcribe.py", tmp_path / "talk.wav", alice.name)

    assert done.returncode == 1
    (item,) = alice.get("/api/notifications").json()
    assert (item["type"], item["message"]) == ("transcription_failed", "file does not start with RIFF id")


def test_curl_example_sends(site: Site, alice: Person) -> None:
    done = run(site, "sh", EXAMPLES / "send.sh", alice.name, 'The "best" video \\ ever', "/video/7")

    assert (done.returncode, done.stderr) == (0, "")
    (item,) = alice.get("/api/notifications").json()
    assert (item["title"], item["actions"]) == ('The "best" video \\ ever', [{"label": "Watch Now", "url": "/video/7"}])


def test_curl_example_prints_the_refusal(site: Site) -> None:
    done = run(site, "sh", EXAMPLES / "send.sh", "nobody-at-all", "Hello", "/")

    assert done.returncode != 0
    assert "nobody-at-all" in done.stdout


def test_page_of_another_origin_listens_with_the_cookie(site: Site, other_origin: str, alice: Person, dana: Person, page: Page) -> None:
    sign_in(page, site, alice.name)
    page.goto(f"{other_origin}?server={site.url}")
    page.get_by_role("button", name="Listen with the cookie").click()

    expect(page.get_by_role("status")).to_have_text("Listening. 0 unread.")
    dana.send(alice, title="<b>Hello</b>", message="from there")
    expect(page.get_by_role("listitem")).to_have_text(["<b>Hello</b>: from there"])


def test_page_of_another_origin_resumes_with_a_token(site: Site, other_origin: str, alice: Person, dana: Person, page: Page) -> None:
    page.goto(f"{other_origin}?server={site.url}")
    page.get_by_label("Token").fill(alice.token)
    page.get_by_role("button", name="Listen with a token").click()
    expect(page.get_by_role("status")).to_have_text("Listening. 0 unread.")
    dana.send(alice, title="before")
    expect(page.get_by_role("listitem")).to_have_text(["before"])
    site.server.restart()
    dana.send(alice, title="after")

    expect(page.get_by_role("listitem")).to_have_text(["after", "before"], timeout=20_000)


def test_page_reports_a_missing_sign_in(site: Site, other_origin: str, page: Page) -> None:
    page.goto(f"{other_origin}?server={site.url}")
    page.get_by_role("button", name="Listen with the cookie").click()

    expect(page.get_by_role("status")).to_have_text("Refused: sign in on the server first.")
