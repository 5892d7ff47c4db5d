"""A base path that is also the path of a page: every proxy reaches every page, and no redirect goes round."""

from __future__ import annotations

import pytest
from flask import Flask, request

from notifier.web.http import base_path


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask(__name__)
    app.config["BASE_PATH"] = "/notifications"
    base_path.register(app)
    for rule in ("/", "/notifications", "/notifications/<uuid:public_id>/why", "/settings"):
        app.add_url_rule(rule, rule, lambda **_: f"{request.script_root} {request.path}")
    app.add_url_rule("/notifications/undo", "undo", lambda: request.path, methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("sent", "page"),
    [
        ("/notifications/", "/"),
        ("/", "/"),
        ("/notifications/settings", "/settings"),
        ("/settings", "/settings"),
        ("/notifications/notifications", "/notifications"),
        ("/notifications", "/notifications"),  # the proxy has removed the base path from the address above
        ("/notifications/5b0b3e5e-0000-7000-8000-000000000000/why", "/notifications/5b0b3e5e-0000-7000-8000-000000000000/why"),
    ],
)
def test_a_page_is_reached_with_and_without_the_base_path(app: Flask, sent: str, page: str) -> None:
    assert app.test_client().get(sent, environ_overrides={"SCRIPT_NAME": ""}).text == f"/notifications {page}"


def test_a_form_is_reached_with_and_without_the_base_path(app: Flask) -> None:
    for sent in ("/notifications/undo", "/notifications/notifications/undo"):
        assert app.test_client().post(sent, environ_overrides={"SCRIPT_NAME": ""}).text == "/notifications/undo"


def test_nothing_is_removed_where_the_path_before_is_known(app: Flask) -> None:
    answer = app.test_client().get("/notifications", environ_overrides={"SCRIPT_NAME": "/app/notifications"})
    assert answer.text == "/app/notifications /notifications"
