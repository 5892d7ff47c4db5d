"""What a type looks like, and whether it comes as a toast."""

from __future__ import annotations

import pytest

from notifier.web.presenters import kinds


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
def test_a_type_of_one_s_own_is_known_by_its_last_word(type_: str, kind: str) -> None:
    assert kinds.kind(type_) == kind


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
def test_toasts_come_for_what_matters_and_stay_for_what_went_wrong(type_: str, priority: str, toasts: bool, stays: bool) -> None:
    assert (kinds.toasts(type_, priority), kinds.stays(type_, priority)) == (toasts, stays)


@pytest.mark.parametrize(("priority", "rings"), [("low", False), ("normal", True), ("high", True), ("urgent", True)])
def test_what_has_low_priority_is_not_heard(priority: str, rings: bool) -> None:
    assert kinds.rings(priority) == rings
