"""Creating a session while another process creates the same people."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from notifier.services.accounts import users
from notifier.services.sessions import people, sessions
from notifier.services.sessions.drafts import NewSession


def test_a_session_is_created_although_another_process_created_its_owner_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_once(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(people, "of", of)
        raise IntegrityError("INSERT", None, Exception("the subject is taken"))

    users.create_user("alice", "correct horse")
    of = people.of
    monkeypatch.setattr(people, "of", fails_once)

    id_ = sessions.create(NewSession(title="Transcode", owner="alice"), creator="local")

    assert sessions._exists(id_)
