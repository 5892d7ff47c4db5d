"""The sound: only for users who turned it on, once for all tabs, and never an error."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.reader import Reader, Tab
from tests.waiting import eventually

# Calls of `play` are counted: whether a browser makes a sound depends on the machine.
_EAR = """
window.played = [];
HTMLMediaElement.prototype.play = function () {
  window.played.push([new URL(this.src).pathname, this.volume]);
  return Promise.reject(new DOMException('nobody has touched the page', 'NotAllowedError'));
};
"""


@pytest.fixture
def listener(reader: Reader) -> Reader:
    reader.context.add_init_script(_EAR)
    return reader


def turn_on(reader: Reader) -> None:
    tab = reader.open("/settings")
    tab.page.get_by_label("Play a sound for new notifications").check()
    tab.page.get_by_role("button", name="Save").click()
    expect(tab.page.get_by_text("Saved.")).to_be_visible()
    tab.page.close()


def played(tab: Tab) -> list[list[object]]:
    found: list[list[object]] = tab.page.evaluate("window.played")
    return found


def test_sound_is_off_by_default(listener: Reader, alice: Person, dana: Person) -> None:
    tab = listener.open()
    dana.send(alice)
    expect(tab.badge).to_have_text("1")
    assert played(tab) == []


def test_sound_plays_once_for_all_tabs(listener: Reader, alice: Person, dana: Person) -> None:
    turn_on(listener)
    tabs = [listener.open() for _ in range(3)]
    dana.send(alice)
    for tab in tabs:
        expect(tab.badge).to_have_text("1")
    eventually(lambda: [play for tab in tabs for play in played(tab)] == [["/static/audio/chime.wav", 0.3]])


def test_audio_file_can_be_played(reader: Reader) -> None:
    turn_on(reader)
    tab = reader.open()
    seconds = tab.page.evaluate(
        """() => new Promise((resolve, reject) => {
            const sound = new Audio('/static/audio/chime.wav');
            sound.onloadedmetadata = () => resolve(sound.duration);
            sound.onerror = () => reject(sound.error.message);
        })"""
    )
    assert 0.1 < seconds < 1


def test_polled_notification_plays_the_sound(listener: Reader, alice: Person, dana: Person) -> None:
    turn_on(listener)
    listener.context.route("**/stream", lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}))
    tab = listener.open(live=False)
    tab.wait_for("polling")
    dana.send(alice)
    tab.page.evaluate("document.dispatchEvent(new Event('notifier:reconnect'))")
    expect(tab.badge).to_have_text("1")
    eventually(lambda: len(played(tab)) == 1)
