"""Errors are problem documents that give the remedy and reveal no internals."""

from __future__ import annotations

import httpx
import pytest

from notifier.services.inbox import inbox
from tests.api_client import Person, problem
from tests.people import People, people_in_process
from tests.web.conftest import Visit

INTERNALS = ["Traceback", "sqlite", "SELECT", "SQL", "File ", "/notifier/", ".py", "Error:", "an internal secret"]


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/api/notifications/", "/api/notifications/x", "/static/../../etc/passwd"])
def test_unknown_path_returns_404_problem(visitor: httpx.Client, path: str) -> None:
    problem(visitor.get(path), 404, "not_found")


def test_wrong_method_returns_405_with_allow(visitor: httpx.Client) -> None:
    answer = visitor.put("/healthz")

    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.security("S53")
def test_internal_error_reveals_no_internals(alice: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("an internal secret")

    monkeypatch.setattr(inbox, "head", fail)

    answer = alice.get("/api/notifications/unread-count")

    problem(answer, 500, "internal")
    assert [word for word in INTERNALS if word in answer.text] == []
    assert "an internal secret" in caplog.text


@pytest.mark.parametrize("path", ["/api/notifications", "/notifications", "/readyz"])
def test_missing_tables_reveal_no_internals(people: People, tmp_path: object, alice: Person, path: str) -> None:
    with people_in_process(f"sqlite:///{tmp_path}/empty.db") as empty:
        answer = empty.api.get(path, headers={"Authorization": f"Bearer {alice.token}"})

    assert answer.status_code == 503
    assert [word for word in INTERNALS if word in answer.text] == []


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/{{7*7}}"])
def test_unknown_path_is_not_echoed(visit: Visit, path: str) -> None:
    answer = visit().get(path)

    problem(answer, 404)
    assert "script" not in answer.text
    assert "49" not in answer.text
