"""Values at the edge of what is valid, which a check takes and what comes after it does not."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.api_client import Person, problem
from tests.cases import failures
from tests.people import People

# In UTC the first hour of the calendar is beyond it for zones in the east, the last one for those in the west.
FIRST, LAST = "0001-01-01T00:00", "9999-12-31T23:59"
INVISIBLE = "\u200b\u2800"
FILES = {
    "a quote inside the heading": b'na"me,"x"y\n1,2\n',
    "a heading that does not end": b'name,"x',
    "a heading longer than a field may be": b"name," + b"x" * 140_000,
    "a field longer than a field may be": b"name\n" + b"x" * 140_000,
    "NUL": b"\0name\n\0\n",
}


@pytest.fixture
def admin(people: People) -> Person:
    return people.person("admin", "admin")


@pytest.mark.security("S20", "S45", "S53")
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Lima"])
def test_times_at_the_ends_of_the_calendar_are_refused(admin: Person, zone: str) -> None:
    assert admin.patch("/api/preferences", json={"time_zone": zone}).status_code == 200
    id_ = admin.send(admin)["id"]
    forms = (("/pause", "until"), (f"/notifications/{id_}/snooze", "until"), ("/admin/send", "send_at"), ("/admin/send", "expires_at"))

    def check(case: tuple[str, str, str]) -> None:
        path, field, value = case
        answer = admin.post(path, data={"to": admin.name, "title": "Hello", field: value})
        assert answer.status_code == 422, answer.status_code

    cases = [(path, field, value) for path, field in forms for value in (FIRST, LAST)]
    in_the_past = [("/admin/send", "send_at", FIRST)] if zone == "America/Lima" else []  # which means now
    assert failures([case for case in cases if case not in in_the_past], check) == []


@pytest.mark.security("S4", "S53")
@pytest.mark.parametrize("title", [" ", INVISIBLE])
def test_a_session_without_a_visible_title_is_refused(admin: Person, title: str) -> None:
    answer = admin.post("/api/sessions", json={"title": title, "owner": admin.name})

    assert (answer.status_code, answer.json().get("detail")) == (422, "title: must not be blank")


@pytest.mark.security("S20", "S53")
def test_a_file_that_is_no_csv_is_refused(admin: Person) -> None:
    def check(name: str) -> None:
        answer = upload(admin, FILES[name])
        assert answer.status_code == 422 and "Traceback" not in answer.text, answer.status_code

    assert failures(FILES, check) == []


def upload(admin: Person, content: bytes) -> httpx.Response:
    files: Any = {"file": ("people.csv", content)}
    return admin.post("/admin/users/import", files=files, headers={"Accept": "text/html"})


@pytest.mark.security("S4", "S53")
@pytest.mark.parametrize("field", ["old_endpoint", "old_auth"])
def test_a_renewed_subscription_names_the_old_one_in_clean_text(people: People, field: str) -> None:
    """Without a sign-in anybody may ask, and PostgreSQL fails at a NUL."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = urlsafe_b64encode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode().rstrip("=")
    address = "https://push.example.com/"
    form = {"old_endpoint": f"{address}1", "old_auth": "A" * 22, "endpoint": f"{address}2", "p256dh": point, "auth": "B" * 22}

    problem(people.api.post("/push/renew", data=form), 404)
    problem(people.api.post("/push/renew", data=form | {field: f"{form[field]}\0"}), 422, field=field)
