"""The bytes of every stream: JSON in ASCII, and comments of one line (contract §2)."""

from __future__ import annotations

import pytest

from tests.api_client import STREAM_PATH, Person
from tests.databases import Databases
from tests.sessions import SESSIONS, begin, move

PATHS = [STREAM_PATH, "/events", "/api/v1/notifications/stream", "session"]
SCRIPTS = "Åse … \u2028 進 أهلا Москва 😀"
COMMENT_CHUNK = b"\r\nc\r\n: heartbeat\n\r\n"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": 5, "KEEPALIVE_SECONDS": 0.2}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the bytes do not depend on the database."""
    return sqlite_databases


@pytest.mark.parametrize("path", PATHS)
def test_comments_are_one_line_and_json_is_ascii(alice: Person, dana: Person, path: str) -> None:
    session = begin(dana, alice) if path == "session" else ""
    stream = alice.stream(f"{SESSIONS}/{session}/status/stream" if session else path)
    stream.next()
    stream.read_for(0.5)
    if session:
        move(dana, session, progress=7, message=SCRIPTS)
    else:
        dana.send(alice, title="t", message=SCRIPTS, metadata={"text": SCRIPTS})

    event = stream.next()

    assert SCRIPTS in (event.json.get("message"), event.json.get("payload", {}).get("text"))
    body = bytes(stream.raw).partition(b"\r\n\r\n")[2]
    assert body.isascii()
    assert COMMENT_CHUNK in body
