"""One interface to Firefox and WebKit (WebDriver protocol) and to Chromium (playwright).

Firefox speaks it by Marionette (Debian has no geckodriver), WebKitGTK by HTTP. Playwright drives only patched builds of both.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
from playwright.sync_api import Browser, ViewportSize

from tests.browser.web_driver import Marionette, WebKit
from tests.servers.port import LOOPBACK, Port
from tests.servers.process import Process
from tests.waiting import eventually

NAMES = ("chromium", "firefox", "webkit")
_PATIENCE_SECONDS = 60.0
_SIZE = ViewportSize(width=1180, height=820)
# Preferences for tests: no first-run pages, and no requests that Firefox makes by itself.
_FIREFOX_SETTINGS = {
    "marionette.port": 0,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    # Without a screen there is no mouse: 2 is an exact pointer, 4 can hover.
    "ui.primaryPointerCapabilities": 6,
    "ui.allPointerCapabilities": 6,
}


class EngineMissing(Exception):
    """This machine lacks the browser. The message names its Debian packages."""


class Window(Protocol):
    """A browser with one or more tabs. `run` takes the body of a function."""

    def go(self, url: str) -> None: ...
    def run(self, script: str, *args: object) -> Any: ...
    def click(self, selector: str) -> None: ...
    def fill(self, selector: str, text: str) -> None: ...
    def back(self) -> None: ...
    def new_tab(self) -> None: ...
    def close_tab(self) -> None: ...
    def switch(self, number: int) -> None: ...
    def resize(self, width: int, height: int) -> None: ...
    def picture(self) -> bytes: ...


@contextmanager
def open_engine(name: str, directory: Path) -> Iterator[Window]:
    """Start Firefox or WebKit. Raises `EngineMissing`."""
    with {"firefox": _firefox, "webkit": _webkit}[name](directory) as window:
        yield window


class ChromiumWindow:
    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(viewport=_SIZE)
        self._page = self._context.new_page()

    def close(self) -> None:
        self._context.close()

    def go(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str, *args: object) -> Any:
        return self._page.evaluate(f"args => (function () {{ {script} }}).apply(null, args)", list(args))

    def click(self, selector: str) -> None:
        self._page.locator(selector).first.click()

    def fill(self, selector: str, text: str) -> None:
        self._page.locator(selector).first.press_sequentially(text)

    def back(self) -> None:
        self._page.go_back()

    def new_tab(self) -> None:
        self._page = self._context.new_page()

    def close_tab(self) -> None:
        self._page.close()
        self._page = self._context.pages[-1]

    def switch(self, number: int) -> None:
        self._page = self._context.pages[number]
        self._page.bring_to_front()

    def resize(self, width: int, height: int) -> None:
        self._page.set_viewport_size({"width": width, "height": height})

    def picture(self) -> bytes:
        return bytes(self._page.screenshot())


@contextmanager
def _firefox(directory: Path) -> Iterator[Window]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        raise EngineMissing("no Firefox on the PATH (Debian: firefox-esr)")
    profile = directory / "firefox"
    profile.mkdir()
    settings = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _FIREFOX_SETTINGS.items()]
    (profile / "user.js").write_text("\n".join(settings))
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    size = {"MOZ_HEADLESS_WIDTH": str(_SIZE["width"]), "MOZ_HEADLESS_HEIGHT": str(_SIZE["height"])}
    with _running(command, directory, size):
        port = profile / "MarionetteActivePort"
        eventually(lambda: port.exists() and port.read_text(), within=_PATIENCE_SECONDS)
        with socket.create_connection((LOOPBACK, int(port.read_text())), timeout=_PATIENCE_SECONDS) as connection:
            yield Marionette(connection)


@contextmanager
def _webkit(directory: Path) -> Iterator[Window]:
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not browsers or not shutil.which("WebKitWebDriver") or not shutil.which("xvfb-run"):
        raise EngineMissing("no WebKitGTK with its driver and a virtual screen (Debian: webkit2gtk-driver xvfb xauth)")
    port = Port()
    port.release()
    command = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1400x1000x24", "WebKitWebDriver", f"--port={port.number}"]
    environment = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
    browser = {"binary": str(browsers[-1]), "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": browser}}}
    with _running(command, directory, environment), httpx.Client(base_url=f"http://{LOOPBACK}:{port.number}", trust_env=False) as http:
        http.timeout = httpx.Timeout(_PATIENCE_SECONDS)
        eventually(lambda: _answers(http), within=_PATIENCE_SECONDS)
        session = http.post("/session", json=wanted).raise_for_status().json()["value"]["sessionId"]
        yield WebKit(http, session)
        http.delete(f"/session/{session}")


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/status").is_success
    except httpx.TransportError:
        return False


@contextmanager
def _running(command: list[str], directory: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a command with a home and a temporary directory of its own."""
    places = {"HOME": str(directory), "TMPDIR": str(directory), "XDG_RUNTIME_DIR": str(directory)}
    env = {"PATH": os.environ.get("PATH", os.defpath), **places, **environment}
    process = Process(command, log=directory / "log", cwd=directory, env=env)
    try:
        yield
    finally:
        process.kill()
