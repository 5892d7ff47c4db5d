"""Notifications inside an existing Flask application: that one's own behaviour stays, and its users are known without a token."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import httpx
import jwt
import pytest
from flask import Flask, Response, request, session

from notifier.errors import Invalid
from notifier.mount import Notifier, Person
from notifier.mount.inside import _warn_of_psycopg2
from tests.servers.notifier import SECRET_KEY

SECRET = "shared by the host and the server, and long enough"
SCHEMES = ("Basic", "Bearer", "bearer")
_SETTINGS = {"SECRET_KEY": SECRET_KEY}


def host_application(instance: Path) -> Flask:
    """With everything that an application may set for all its requests."""
    app = Flask("host", instance_path=str(instance))
    app.config.update(SECRET_KEY="x", MAX_CONTENT_LENGTH=10)
    app.before_request(
        lambda: Response("closed", 503) if request.path != "/sign-in" and not request.path.startswith("/notifier-") else None
    )
    app.register_error_handler(Exception, lambda error: ("the host's error", 500))

    @app.get("/sign-in")
    def sign_in() -> str:
        session["user"] = request.args["user"]
        return "welcome"

    return app


def current_person() -> Person | None:
    return Person(session["user"]) if "user" in session else None


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = host_application(tmp_path_factory.mktemp("host"))
    Notifier(app, prefix="/inbox", user=current_person, settings=_SETTINGS)
    return app


@pytest.fixture
def notifier(host: Flask) -> Notifier:
    found: Notifier = host.extensions["notifier"]
    return found


@pytest.fixture
def visitor(host: Flask) -> Iterator[httpx.Client]:
    with httpx.Client(base_url="http://localhost:5000", transport=httpx.WSGITransport(host)) as client:
        yield client


def test_nobody_signed_in_sees_nothing_whatever_the_headers(visitor: httpx.Client) -> None:
    forged = {"notifier.person": "42", "Notifier-Person": "42", "X-Notifier-Person": "42"}
    answer = visitor.get("/inbox/api/notifications", headers=forged)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    page = visitor.get("/inbox/notifications", headers={"Accept": "text/html"})
    assert page.status_code == 401 and "Sign in to the application." in page.text
    assert visitor.get("/inbox/login").status_code == 404
    assert visitor.get("/notifier-token").status_code == 401


def test_user_of_the_application_has_an_inbox(visitor: httpx.Client, notifier: Notifier, host: Flask) -> None:
    sent = notifier.send("id:ada", title="before she came")
    assert sent["recipients"] == 1
    visitor.get("/sign-in", params={"user": "ada"})

    page = visitor.get("/inbox/notifications", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert "before she came" in page.text
    assert 'action="/inbox/notifications/' in page.text and 'href="/notifications' not in page.text
    assert visitor.get("/inbox/api/notifications").json()[0]["id"] == sent["id"]
    token = visitor.get("/notifier-token")
    assert token.headers["Cache-Control"] == "no-store"
    claims = jwt.decode(token.text, options={"verify_signature": False})
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("ada", 300)
    by_token = httpx.Client(base_url="http://localhost:5000", transport=httpx.WSGITransport(host))
    counted = by_token.get("/inbox/api/notifications/unread-count", headers={"Authorization": f"Bearer {token.text}"})
    assert counted.json()["unread_count"] == 1
    badge = visitor.get("/notifier-badge")
    assert badge.text.strip() == '<span class="notifier-badge" aria-label="1 unread">1</span>'
    assert badge.headers["Cache-Control"] == "no-store"
    assert visitor.get("/inbox/admin").status_code == 403


def test_path_of_the_history_may_repeat_the_prefix_and_links_are_the_application_s(tmp_path: Path) -> None:
    app = host_application(tmp_path)
    notifier = Notifier(app, prefix="/notifications", user=current_person, settings=_SETTINGS)
    with httpx.Client(base_url="http://localhost:5000", transport=httpx.WSGITransport(app)) as visitor:
        visitor.get("/sign-in", params={"user": "ada"})
        id = notifier.send("id:ada", title="Track it", actions=[{"label": "Track", "url": "/orders/7"}], image_url="/kettle.png")["id"]
        page = visitor.get("/notifications/notifications")
        assert "Track it" in page.text and 'src="/kettle.png"' in page.text
        assert f'href="/notifications/go/{id}/0"' in page.text
        assert visitor.get("/notifications").headers["Location"] == "/notifications/notifications"
        assert visitor.get(f"/notifications/go/{id}/0").headers["Location"] == "/orders/7"


def test_password_of_a_proxy_is_no_token(visitor: httpx.Client) -> None:
    """Browsers send it with every request."""
    visitor.get("/sign-in", params={"user": "eve"})
    status = {scheme: visitor.get("/inbox/notifications", headers={"Authorization": f"{scheme} YTpi"}).status_code for scheme in SCHEMES}
    assert status == {"Basic": 200, "Bearer": 401, "bearer": 401}
    foreign = {"Authorization": "Basic YTpi", "Origin": "https://evil.example"}
    assert visitor.post("/inbox/api/notifications/read-all", headers=foreign).status_code == 403


def test_writes_from_another_site_are_refused(visitor: httpx.Client, notifier: Notifier) -> None:
    """The application's cookie would come with them."""
    notifier.send(Person("bob"), title="Hello")
    visitor.get("/sign-in", params={"user": "bob"})
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for headers in (foreign, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = visitor.post("/inbox/api/notifications/read-all", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert visitor.post("/inbox/api/notifications/read-all", headers={"Origin": "http://localhost:5000"}).json()["changed"] == 1


def test_application_keeps_its_hooks_errors_limits_and_headers(visitor: httpx.Client) -> None:
    assert visitor.get("/nowhere").text == "closed"
    assert "X-Request-ID" not in visitor.get("/nowhere").headers
    assert visitor.get("/inboxes").text == "closed", "another path that begins alike"
    answer = visitor.get("/inbox/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "X-Request-ID" in answer.headers
    assert visitor.get("/inbox/healthz").status_code == 200


def test_refused_message_names_its_field(notifier: Notifier) -> None:
    for fields, field in (({"title": "x", "type": "No!"}, "type"), ({"title": ""}, "title"), ({"titel": "x"}, "titel")):
        with pytest.raises(Invalid) as refusal:
            notifier.send("id:ada", **fields)
        assert field in {error.field for error in refusal.value.errors} or field in refusal.value.detail


def test_tags_carry_what_the_script_needs(notifier: Notifier, host: Flask) -> None:
    with host.test_request_context():
        head = notifier.head(locale="de", nonce='"><x')
        assert str(head) == (
            '<script src="/inbox/embed.js" defer data-token-url="/notifier-token" data-history-url="/inbox/notifications" data-locale="de"'
            ' nonce="&#34;&gt;&lt;x"></script>'
        )
        assert str(notifier.bell()) == "<notifier-bell></notifier-bell>"
        assert (notifier.url("badge"), notifier.url("history")) == ("/notifier-badge", "/inbox/notifications")
        with pytest.raises(ValueError, match="no path 'bell' here: choose one of badge, token, history"):
            notifier.url("bell")


def test_arguments_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for wrong, text in (
        ({}, "give `url`"),
        ({"url": "https://n.example", "prefix": "/n"}, "give `url`"),
        ({"url": "https://n.example", "secret": "short"}, "secret"),
        ({"prefix": "n"}, "prefix"),
        ({"prefix": "/"}, "prefix"),
    ):
        with pytest.raises(ValueError, match=text):
            Notifier(host_application(tmp_path), user=current_person, **wrong)  # type: ignore[arg-type]


def test_beside_needs_a_key_to_send(tmp_path: Path) -> None:
    app = host_application(tmp_path)
    notifier = Notifier(app, url="http://127.0.0.1:9/", secret=SECRET, user=current_person)

    with pytest.raises(ValueError, match="NOTIFIER_API_KEY"):
        notifier.send("id:42", title="x")
    with app.test_request_context():
        assert str(notifier.head()).startswith('<script src="http://127.0.0.1:9/embed.js" defer data-token-url="/notifier-token"')
        session["user"] = "ada"
        assert app.view_functions["notifier_badge"]().status_code == 503  # type: ignore[union-attr]


def test_psycopg2_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    for callback, warned in ((None, True), (print, False)):
        caplog.clear()
        driver = SimpleNamespace(get_wait_callback=lambda found=callback: found)
        with patch.dict(sys.modules, {"psycopg2.extensions": driver}), caplog.at_level(logging.WARNING):
            _warn_of_psycopg2()
        assert ("psycopg 3" in caplog.text) == warned
