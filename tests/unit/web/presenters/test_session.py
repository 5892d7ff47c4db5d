"""What people are shown of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from notifier.web.presenters.session import bar

BEGUN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def session(**fields: Any) -> Any:
    standing = {"status": "processing", "progress": 50, "message": "", "error": None, "started_at": BEGUN, "updated_at": BEGUN}
    return SimpleNamespace(**({"public_id": "a", "title": "T", "ended_at": None} | standing | fields))


@pytest.mark.parametrize(
    ("status", "words", "kind"),
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
def test_a_status_is_said_in_words(status: str, words: str, kind: str) -> None:
    shown = bar(session(status=status))

    assert (shown.words, shown.kind) == (words, kind)


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
def test_how_long_it_takes_still_is_told_when_it_can_be(took: int, progress: int, left: str) -> None:
    assert bar(session(progress=progress, updated_at=BEGUN + timedelta(seconds=took))).left == left


@pytest.mark.parametrize("fields", [{"status": "stalled"}, {"started_at": None}, {"ended_at": BEGUN}])
def test_what_does_not_run_has_no_time_left(fields: dict[str, Any]) -> None:
    assert (
        bar(
            session(updated_at=BEGUN + timedelta(seconds=60)) if not fields else session(**({"updated_at": BEGUN + timedelta(60)} | fields))
        ).left
        == ""
    )


def test_a_failure_shows_what_went_wrong() -> None:
    assert bar(session(status="failed", message="minute 9 of 20", error="disk full")).text == "disk full"
