"""What goes wrong is answered as a problem document that says what to do and nothing of the inside."""

from __future__ import annotations

import httpx
import pytest

from notifier.services.inbox import inbox
from tests.api_client import Person, problem
from tests.people import People, people_in_process
from tests.web.conftest import Visit

INSIDE = ["Traceback", "sqlite", "SELECT", "SQL", "File ", "/notifier/", ".py", "Error:", "secret of the inside"]


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/api/notifications/", "/api/notifications/x", "/static/../../etc/passwd"])
def test_an_unknown_address_is_not_found(visitor: httpx.Client, path: str) -> None:
    problem(visitor.get(path), 404, "not_found")


def test_a_wrong_method_is_told_the_right_ones(visitor: httpx.Client) -> None:
    answer = visitor.put("/healthz")

    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_fault_of_ours_says_nothing_of_the_inside(
    alice: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(inbox, "head", fail)

    answer = alice.get("/api/notifications/unread-count")

    problem(answer, 500, "internal")
    assert [word for word in INSIDE if word in answer.text] == []
    assert "secret of the inside" in caplog.text


@pytest.mark.parametrize("path", ["/api/notifications", "/notifications", "/readyz"])
def test_a_database_without_tables_says_nothing_of_the_inside(people: People, tmp_path: object, alice: Person, path: str) -> None:
    with people_in_process(f"sqlite:///{tmp_path}/empty.db") as nobody:
        answer = nobody.api.get(path, headers={"Authorization": f"Bearer {alice.token}"})

    assert answer.status_code == 503
    assert [word for word in INSIDE if word in answer.text] == []


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/{{7*7}}"])
def test_an_address_is_not_repeated(visit: Visit, path: str) -> None:
    answer = visit().get(path)

    problem(answer, 404)
    assert "script" not in answer.text
    assert "49" not in answer.text
