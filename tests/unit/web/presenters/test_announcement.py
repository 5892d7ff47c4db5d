"""Kinds, toasts and sounds of notifications."""

from __future__ import annotations

import pytest

from notifier.web.presenters import announcement


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("info", "info"),
        ("success", "success"),
        ("warning", "warning"),
        ("error", "error"),
        ("video_complete", "success"),
        ("session.complete", "success"),
        ("video_failed", "error"),
        ("upload-failed", "error"),
        ("clarification_needed", "warning"),
        ("incomplete", "info"),
        ("failed_once", "info"),
        ("chat", "info"),
    ],
)
def test_the_last_word_of_a_custom_type_decides_its_kind(type_: str, kind: str) -> None:
    assert announcement.kind(type_) == kind


@pytest.mark.parametrize(
    ("type_", "priority", "toasts", "stays"),
    [
        ("info", "normal", False, False),
        ("info", "high", True, False),
        ("info", "urgent", True, True),
        ("success", "normal", True, False),
        ("success", "low", False, False),
        ("warning", "normal", True, False),
        ("error", "normal", True, True),
        ("error", "low", False, True),
        ("video_complete", "normal", True, False),
        ("video_failed", "normal", True, True),
    ],
)
def test_type_and_priority_decide_about_toasts(type_: str, priority: str, toasts: bool, stays: bool) -> None:
    assert (announcement.makes_toast(type_, priority), announcement.stays(type_, priority)) == (toasts, stays)


@pytest.mark.parametrize(("priority", "sound"), [("low", False), ("normal", True), ("high", True), ("urgent", True)])
def test_low_priority_makes_no_sound(priority: str, sound: bool) -> None:
    assert announcement.makes_sound(priority) == sound
