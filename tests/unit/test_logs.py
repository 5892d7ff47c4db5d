"""One line per record, whatever text a client has sent."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from notifier.logs import formatter, name_request, without_token


@pytest.fixture(params=["json", "text"])
def text(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "text")


@pytest.fixture
def output(text: bool) -> Iterator[io.StringIO]:
    name_request("")  # a request of another test may have left its id
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


def test_line_has_the_request_and_what_was_given_with_it(output: io.StringIO, text: bool) -> None:
    name_request("5f0c")
    logging.getLogger("notifier.tested").warning("%d failed", 2, extra={"path": "/a b", "ms": 1.5, "who": None})

    without_time = re.sub(r"[0-9-]{10}T[0-9:.]+Z", "NOW", output.getvalue())
    if text:
        assert without_time == "NOW [warning] 2 failed [notifier.tested] ms=1.5 path='/a b' request_id=5f0c who=None\n"
    else:
        fields = '"request_id": "5f0c", "level": "warning", "logger": "notifier.tested", "path": "/a b", "ms": 1.5, "who": null'
        assert without_time == f'{{"event": "2 failed", {fields}, "timestamp": "NOW"}}\n'


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
