"""The examples with users of their own, each with the bell: Flask-Login inside and beside, Django, and a static page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from notifier.services.accounts import api_keys
from tests.api_client import Api
from tests.servers.notifier import PREFIX, ROOT, SECRET_KEY
from tests.servers.port import Port
from tests.servers.process import Process
from tests.site import Site
from tests.sse import Stream
from tests.waiting import eventually

EXAMPLES = ROOT / "examples"
SECRET = "shared by the host and the server, and long enough"
KINDS = ("plain", "inside", "beside", "django", "static")
_START_SECONDS = 60.0
_STYLES = """() => [...document.querySelectorAll('header b, header button, main, main *')].map(
    (element) => [...getComputedStyle(element)].map((name) => getComputedStyle(element)[name]).join())"""


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, Port]]:
    ports = {kind: Port() for kind in KINDS}
    yield ports
    for port in ports.values():
        port.release()


@pytest.fixture(scope="module")
def settings(ports: dict[str, Port]) -> dict[str, object]:
    origins = [f"http://localhost:{port.number}" for port in ports.values()]
    return {"CORS_ORIGINS": ",".join(origins), "TRUSTED_ISSUER": "host", "TRUSTED_SECRET": SECRET}


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    with site.elsewhere():
        return api_keys.create("shop", scopes=["send", "people"])


Run = Callable[[str], str]


@pytest.fixture(scope="module")
def run(site: Site, key: str, ports: dict[str, Port], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Start an example, once, and return its address."""
    running: dict[str, Process] = {}

    def start(kind: str) -> str:
        if kind not in running:
            directory = tmp_path_factory.mktemp(kind)
            folder, command = _command(kind, ports[kind].number)
            running[kind] = Process(command, log=directory / "log", cwd=EXAMPLES / folder, env=environment(site, key, kind, directory))
            eventually(ports[kind].listening, within=_START_SECONDS, why=lambda: (directory / "log").read_text()[-2000:])
        return f"http://localhost:{ports[kind].number}"

    yield start
    for process in running.values():
        process.kill()


def _command(kind: str, port: int) -> tuple[str, list[str | Path]]:
    python, address = sys.executable, f"127.0.0.1:{port}"
    if kind == "django":
        return "django", [python, "shop.py", "runserver", "--noreload", address]
    if kind == "static":
        return "static-page", [python, "serve.py", str(port)]
    if kind == "inside":
        return "flask-login", [python, "-m", "gunicorn", "-k", "notifier.realtime.worker.Worker", "--bind", address, "shop:app"]
    return "flask-login", [python, "-m", "flask", "--app", "shop", "run", "--port", str(port)]


def environment(site: Site, key: str, kind: str, directory: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    server = {"URL": site.url, "TRUSTED_SECRET": SECRET, "API_KEY": key}
    if kind == "inside":
        server = {"SECRET_KEY": SECRET_KEY, "LOOK_SECONDS": "0.5"}
    ours = {PREFIX + name: value for name, value in server.items()}
    shop = {"SHOP_INSTANCE": str(directory), "SHOP_DATABASE": str(directory / "shop.db"), "PYTHONPATH": str(ROOT)}
    return inherited | ours | shop | {"NOTIFICATIONS": kind if kind in ("inside", "beside") else ""}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(10_000)
    wrongs: list[str] = []
    context.on("console", lambda message: wrongs.append(f"{message.text} {message.location['url']}"))
    context.on("weberror", lambda error: wrongs.append(str(error.error)))
    yield context
    context.close()
    # The sign-in page has a bell too, which asks for a token; the shop has no icon; a history left open after signing out is a 401.
    expected = ("/notifier-token", "/favicon.ico", "/notifications/notifications", "/notifications/stream", "/notifications/poll")
    assert not [line for line in wrongs if not line.endswith(expected) and "/notifications/poll?" not in line], wrongs


def sign_in(page: Page, url: str, name: str = "ada") -> None:
    page.goto(url)
    page.locator("input[name=name], input[name=username]").fill(name)
    page.locator("input[name=password]").fill("shop")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def order(page: Page, item: str) -> None:
    page.get_by_label("Item").fill(item)
    page.get_by_role("button", name="Order", exact=True).click()


def shows(page: Page, unread: int) -> None:
    expect(page.locator(".badge")).to_have_text(str(unread) if unread < 10 else "9+")


def streams(url: str) -> int:
    with Api(url) as api:
        lines = [line for line in api.get("/metrics").text.splitlines() if line.startswith("sse_connections_total")]
    return int(float(lines[0].rpartition(" ")[2])) if lines else 0


@pytest.mark.parametrize("kind", ["inside", "beside"])
def test_flask_login_with_the_bell(run: Run, site: Site, context: BrowserContext, kind: str) -> None:
    url = run(kind)
    server = f"{url}/notifications" if kind == "inside" else site.url
    page, other = context.new_page(), context.new_page()
    sign_in(page, url)
    other.goto(url)
    # What is there when the list is loaded makes no toast. The one stream may be that of the first page.
    expect(other.locator(".panel .none:not([hidden])")).to_have_count(1)
    eventually(lambda: streams(server) == 1)
    order(page, "A kettle")
    expect(other.locator(".toast")).to_contain_text("A kettle is on its way")
    shows(page, 1)
    shows(other, 1)
    other.locator(".bell").click()
    other.locator(".panel").get_by_role("link", name="Track").click()
    other.wait_for_url(f"{url}/orders/1")
    expect(other.locator(".badge")).to_be_hidden()
    eventually(lambda: context.request.get(f"{url}/notifier-badge").text().strip() == "", why=lambda: "the badge of the server")
    other.goto(f"{url}/inbox")
    expect(other.locator("notifier-inbox li .title").first).to_have_text("A kettle is on its way")
    if kind == "inside":
        other.goto(f"{url}/notifications/notifications")
        expect(other.locator("#history .item-title")).to_have_text(["A kettle is on its way"])
        expect(other.get_by_role("button", name="Sign out")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/login")
    if kind == "inside":
        eventually(lambda: streams(server) == 0)


def test_signing_out_ends_streams_before_their_next_sign_of_life(run: Run) -> None:
    """Inside. A stream would be silent for 15 seconds, and its token is good for five minutes."""
    url = run("inside")
    with httpx.Client(base_url=url, trust_env=False, timeout=_START_SECONDS) as browser:
        browser.post("/login", data={"name": "bob", "password": "shop"})
        with Stream(f"{url}/notifications/api/notifications/stream", browser.get("/notifier-token").text) as stream:
            stream.until("connected")
            browser.post("/logout")
            assert stream.until("bye").json["reason"] == "revoked"
            assert ([event.name for event in stream.events], stream.comments) == (["connected", "bye"], [])
            assert stream.wait_closed()


def test_styles_of_the_application_stay_as_they_are(run: Run, context: BrowserContext) -> None:
    computed: list[Any] = []
    for kind in ("plain", "beside"):
        page = context.new_page()
        sign_in(page, run(kind))
        if kind == "beside":
            expect(page.locator(".bell")).to_be_visible()
        page.goto(f"{run(kind)}/orders/9")
        computed.append(page.evaluate(_STYLES))
        context.clear_cookies()
    assert computed[0] == computed[1]


def test_own_tests_of_the_application_pass(site: Site, key: str, tmp_path: Path) -> None:
    for kind in ("inside", "beside"):
        directory = tmp_path / kind
        command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "test_shop.py"]
        shop = environment(site, key, kind, directory) | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(command, cwd=EXAMPLES / "flask-login", env=shop, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, f"{kind}: {done.stdout}{done.stderr}"


def test_django_with_the_bell(run: Run, context: BrowserContext) -> None:
    url = run("django")
    page = context.new_page()
    sign_in(page, url, "cleo")  # to the server the users of both shops are the same: 1, 2 and 3
    order(page, "A lamp")
    shows(page, 1)
    page.locator(".bell").click()
    expect(page.locator("li .title").first).to_have_text("Unread: A lamp is on its way")
    page.get_by_role("button", name="Mark as read", exact=True).click()
    expect(page.locator(".badge")).to_be_hidden()


def test_static_page_shows_what_was_sent_before_its_user_came(run: Run, site: Site, key: str, context: BrowserContext) -> None:
    with Api(site.url) as api:
        sent = api.post("/api/notifications", token=key, json={"to": "id:42", "title": "<img src=x onerror=alert(1)>"})
    assert sent.status_code == 201
    page = context.new_page()
    page.goto(run("static"))
    shows(page, 1)
    page.locator(".bell").click()
    expect(page.locator("li .title")).to_have_text(["Unread: <img src=x onerror=alert(1)>"])
    assert context.cookies() == []
