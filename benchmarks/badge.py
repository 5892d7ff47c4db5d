"""Measure the time from a send to the badge on the screen, with SQLite and a real Chromium.

Both are on one machine with one clock: this process records when it sends, and the page when it draws the frame with the new count.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import launch_options
from tests.browser.reader import Reader, Tab
from tests.databases import SqliteDatabases
from tests.servers import Notifier
from tests.site import open_site

GOAL_MS = 100

_NOTE_FRAMES = """() => {
    window.frames_of = {};
    const count = () => document.querySelector('#bell').getAttribute('aria-label').match(/\\d+/)?.[0];
    const drawn = () => window.frames_of[count()] ??= performance.timeOrigin + performance.now();
    new MutationObserver(() => requestAnimationFrame(drawn)).observe(document.querySelector('header'),
        { attributes: true, childList: true, characterData: true, subtree: true });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sends", type=int, default=50)
    times = sorted(measured(parser.parse_args().sends))
    median = statistics.median(times)
    print(f"send to visible badge, {len(times)} sends: median {median:.0f} ms, p95 {times[int(len(times) * 0.95)]:.0f} ms")
    print(f"goal, a median under {GOAL_MS} ms: {'met' if median < GOAL_MS else 'MISSED'}")


def measured(sends: int) -> list[float]:
    """The time of each send in milliseconds, from just before the POST."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        directory = Path(name)
        with SqliteDatabases(directory).fresh() as url, open_site(Notifier(url, directory)) as site:
            browser = playwright.chromium.launch(**launch_options())
            reader, sender = site.person("reader"), site.person("sender", "sender")
            with Reader(browser, site, reader) as seat:
                tab = seat.open()
                tab.page.evaluate(_NOTE_FRAMES)
                times = []
                for count in range(1, sends + 1):
                    began = time.time() * 1000
                    sender.send(reader)
                    times.append(_drawn(tab, count) - began)
            browser.close()
    return times


def _drawn(tab: Tab, count: int) -> float:
    """When the frame with that count was drawn, in milliseconds since 1970."""
    tab.page.wait_for_function("count => window.frames_of[count]", arg=count)
    return float(tab.page.evaluate("count => window.frames_of[count]", count))


if __name__ == "__main__":
    main()
