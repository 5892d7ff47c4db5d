"""Admins import users from a file and delete them, on pages."""

from __future__ import annotations

import httpx
import pytest

from tests.api_client import Person, problem
from tests.databases import Databases
from tests.web.admin_browser import AdminBrowser, field_errors


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


def upload(admin: AdminBrowser, name: str, content: bytes) -> httpx.Response:
    token = admin.browser.cookies["csrf_access_token"]
    files = {"file": (name, content)}
    return admin.browser.post("/admin/users/import", data={"csrf_token": token}, files=files, headers={"Accept": "text/html"})


def test_an_import_shows_what_was_done_and_each_wrong_line(admin_browser: AdminBrowser) -> None:
    answer = upload(admin_browser, "people.csv", b"name,email\npeggy,peggy@example.com\n<b>bold</b>,\n")

    assert answer.status_code == 200
    assert "1 user was created" in answer.text and "1 line was not imported" in answer.text
    assert "peggy" in admin_browser.get("/admin/users?q=peggy")
    assert list(field_errors(upload(admin_browser, "people.xls", b"x"))) == ["file"]
    assert list(field_errors(upload(admin_browser, "people.csv", b"\xff"))) == ["file"]
    assert upload(admin_browser, "people.csv", b"name\n" + b" " * 1_048_577).status_code == 413


def test_a_deleted_user_is_gone(admin_browser: AdminBrowser, alice: Person) -> None:
    page = f"/admin/users/{alice.id}"

    assert admin_browser.confirm(f"{page}/delete").endswith("/admin/users?done=deleted")

    assert "The user was deleted." in admin_browser.get("/admin/users?done=deleted")
    problem(alice.get("/api/notifications"), 401, "token_revoked")


def test_a_narrowed_key_is_made_on_the_page(admin_browser: AdminBrowser) -> None:
    admin_browser.secret("/admin/keys", name="narrow", scope=["send", "people"], audience="group:staff, user:bob", types="ping", once="n1")

    listed = admin_browser.get("/admin/keys")
    assert "only to group:staff, user:bob" in listed and "only ping" in listed
    assert list(field_errors(admin_browser.post("/admin/keys", name="n", scope="send", audience="staff", once="n2"))) == ["audience"]
