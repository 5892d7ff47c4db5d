"""`notifier run`, a command wrapped in a session, as its owner sees it in the browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.servers.notifier import ROOT
from tests.site import Site

# Each step waits for a line from the test.
JOB = "for percent in 20 45 70; do echo $percent%; read go; done; echo last words; exit "


@contextmanager
def running(site: Site, owner: str, *command: str) -> Iterator[subprocess.Popen[str]]:
    """`notifier run` on the server's machine."""
    run = [sys.executable, "-m", "notifier", "run", "--title", "Transcode talk.mp3", "--to", owner, "--port", str(site.server.port), "--"]
    environment = site.server.environment()
    with subprocess.Popen([*run, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as child:
        try:
            yield child
        finally:
            child.kill()


def go_on(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go on\n")
    child.stdin.flush()


@pytest.mark.parametrize(("code", "type"), [(0, "session_complete"), (3, "session_failed")])
def test_run_command_moves_a_bar_and_ends_in_a_toast(site: Site, reader: Reader, code: int, type: str) -> None:
    tab = reader.open()
    bar = tab.history.locator("progress")
    with running(site, reader.person.name, "sh", "-c", JOB + str(code)) as child:
        for percent in (20, 45, 70):
            expect(bar).to_have_attribute("value", str(percent), timeout=20_000)
            go_on(child)
        toast = tab.page.locator(f".toast[data-type={type}]")
        expect(toast).to_contain_text("Transcode talk.mp3")
        assert child.wait(20) == code

    expect(tab.history).to_have_count(1)
    expect(tab.history).to_have_attribute("data-type", type)
    tab.assert_true()
