"""The example `publish_notification` takes the older system's keywords and payload, and never raises."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable

import pytest

from tests.servers.notifier import ROOT
from tests.unit.scripted_server import serving

CREATED = b'HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 28\r\n\r\n{"id": "1", "recipients": 1}'
PAYLOAD = {"content_id": "7", "title": "Video Ready!", "thumbnail_url": "/thumbs/7.jpg", "error_message": None}


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    monkeypatch.setenv("NOTIFIER_API_KEY", "a key")
    found: Callable[..., bool] = runpy.run_path(str(ROOT / "examples/publish_notification.py"))["publish_notification"]
    return found


def test_payload_becomes_title_link_and_picture(publish: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(CREATED) as server:
        monkeypatch.setenv("NOTIFIER_URL", server.url.partition("/stream")[0])
        assert publish(user_id="u-1", notification_type="video_complete", payload=PAYLOAD) is True

    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {
        "user_id": "u-1",
        "type": "video_complete",
        "title": "Video Ready!",
        "message": "",
        "actions": [{"label": "Watch Now", "url": "/video/7"}],
        "image_url": "/thumbs/7.jpg",
        "metadata": {"content_id": "7", "thumbnail_url": "/thumbs/7.jpg"},
    }


@pytest.mark.parametrize("payload", [{"title": "T"}, {"content_id": object()}, 7], ids=["no server", "no JSON", "no payload"])
def test_failure_is_logged_and_returns_false(
    publish: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, payload: object, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFIER_URL", "http://127.0.0.1:1")

    assert publish("u-1", "video_failed", payload) is False
    assert [record.name for record in caplog.records] == ["worker"]
