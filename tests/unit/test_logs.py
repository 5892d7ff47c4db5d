"""One line per record, whatever text a client has sent."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from structlog.contextvars import clear_contextvars

from notifier.logs import formatter, without_token


@pytest.fixture(params=["json", "text"])
def text(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "text")


@pytest.fixture
def output(text: bool) -> Iterator[io.StringIO]:
    clear_contextvars()  # a request of another test may have left its id
    log, output = logging.getLogger("notifier.tested"), io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(formatter(text=text))
    log.addHandler(handler)
    log.propagate, log.level = False, logging.INFO
    yield output
    log.removeHandler(handler)


@pytest.mark.parametrize("evil", ["a\nINFO forged", "a\r\nb", "\x1b[31mred", "\x9b31m", "\x00", "\u2028x\u2029", "\x85"])
@pytest.mark.security("S55")
def test_client_text_stays_in_its_line_without_colours(output: io.StringIO, evil: str) -> None:
    logging.getLogger("notifier.tested").warning("signed in: %s", evil, extra={"who": evil})

    line = output.getvalue().removesuffix("\n")
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)


def test_line_has_level_and_time(output: io.StringIO, text: bool) -> None:
    logging.getLogger("notifier.tested").info("began", extra={"who": "user:alice"})

    line = output.getvalue()
    assert all(word in line for word in ("began", "info", "notifier.tested", "alice"))
    if not text:
        assert json.loads(line).keys() == {"event", "level", "logger", "timestamp", "who"}


@pytest.mark.security("S55")
def test_traceback_shows_no_values(output: io.StringIO) -> None:
    password = "correct horse".replace("horse", "battery")
    try:
        password.index("horse")
    except ValueError:
        logging.getLogger("notifier.tested").exception("failed")

    assert "Traceback" in output.getvalue()
    assert "battery" not in output.getvalue()


@pytest.mark.security("S25", "S55")
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/u/WyJhIiwiYiIsImMiXQ.c2lnbmF0dXJl", "/u/…"),
        ("/below/confirm/WyJhIiwiYiIsImMiXQ.c2lnbmF0dXJl", "/below/confirm/…"),
        ("/api/notifications", "/api/notifications"),
        ("/u/short", "/u/short"),
    ],
)
def test_token_of_a_link_in_a_mail_is_not_logged(path: str, shown: str) -> None:
    assert without_token(path) == shown
