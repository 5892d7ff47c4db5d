"""The progress bar of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from notifier.web.presenters.session import progress_bar

BEGUN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def session(**fields: Any) -> Any:
    standing = {"status": "processing", "progress": 50, "message": "", "error": None, "started_at": BEGUN, "updated_at": BEGUN}
    return SimpleNamespace(**({"public_id": "a", "title": "T", "ended_at": None} | standing | fields))


@pytest.mark.parametrize(
    ("status", "label", "kind"),
    [
        ("pending", "Waiting to start", "info"),
        ("stalled", "No sign of life", "warning"),
        ("processed", "Complete", "success"),
        ("failed", "Failed", "error"),
        ("uploading", "Uploading", "info"),
        ("writing_to_disk", "Writing to disk", "info"),
        ("_", "Under way", "info"),
    ],
)
def test_a_status_has_a_label_and_a_kind(status: str, label: str, kind: str) -> None:
    shown = progress_bar(session(status=status))

    assert (shown.label, shown.kind) == (label, kind)


@pytest.mark.parametrize(
    ("took", "progress", "left"),
    [
        (60, 50, "about 1 min left"),
        (600, 50, "about 10 min left"),
        (60, 90, "less than a minute left"),
        (7200, 50, "about 2 h left"),
        (2, 50, ""),
        (60, 2, ""),
        (60, 100, ""),
        (0, 0, ""),
    ],
)
def test_the_time_left_is_estimated_when_possible(took: int, progress: int, left: str) -> None:
    assert progress_bar(session(progress=progress, updated_at=BEGUN + timedelta(seconds=took))).left == left


@pytest.mark.parametrize("fields", [{"status": "stalled"}, {"started_at": None}, {"ended_at": BEGUN}])
def test_a_session_that_does_not_run_has_no_time_left(fields: dict[str, Any]) -> None:
    moved = {"updated_at": BEGUN + timedelta(seconds=60)} | fields

    assert progress_bar(session(**moved)).left == ""


def test_a_failed_session_shows_its_error() -> None:
    assert progress_bar(session(status="failed", message="minute 9 of 20", error="disk full")).text == "disk full"


@pytest.mark.parametrize("message", ["80%", "80 %", " 7.5% "])
def test_a_message_that_repeats_the_percentage_is_left_out(message: str) -> None:
    assert progress_bar(session(message=message)).text == ""
    assert progress_bar(session(message=f"{message} of 9 files")).text == f"{message} of 9 files"
