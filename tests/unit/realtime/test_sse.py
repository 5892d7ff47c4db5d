"""The encoder, checked by a parser that was written from the standard, not from the encoder."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.realtime.sse import KEEPALIVE, encode
from tests.sse import Parser

# Line ends of the format, and characters that only Python takes for line ends.
LINE_ENDS = ["\r\n", "\r", "\n"]
LOOK_ALIKES = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
SYNTAX = [":", " ", "data", "data: ", "event: evil", "id: 9", "retry: 1", "\0", "\ufeff"]
FORGERIES = ["\n\nevent: evil\ndata: x", "\r\revent: evil\rdata: x", "\r\n\r\nid: 9\r\nevent: evil\r\ndata: x", "\n\n: comment\n\n"]

adversarial = st.lists(st.sampled_from(LINE_ENDS + LOOK_ALIKES + SYNTAX + FORGERIES) | st.text(max_size=5), max_size=12).map("".join)
one_line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1)


@given(data=adversarial, piece=st.integers(1, 40))
@example(data="", piece=1)
@pytest.mark.security("S2")
def test_any_text_arrives_as_the_data_of_one_event(data: str, piece: int) -> None:
    parser = parsed(encode(data), piece)

    assert [event.data for event in parser.events] == [with_line_feeds(data)]


@given(first=adversarial, second=adversarial, piece=st.integers(1, 40))
@pytest.mark.security("S1")
def test_text_never_forges_an_event_an_id_or_a_comment(first: str, second: str, piece: int) -> None:
    stream = encode(first, event="notification", id="5f0c2a91-1") + encode(second, event="state", id="5f0c2a91-2")

    parser = parsed(stream, piece)

    assert [(event.name, event.id) for event in parser.events] == [("notification", "5f0c2a91-1"), ("state", "5f0c2a91-2")]
    assert (parser.comments, parser.retry) == ([], None)


@given(name=one_line, id=one_line)
def test_any_one_line_arrives_as_name_and_id(name: str, id: str) -> None:
    (event,) = parsed(encode("x", event=name, id=id)).events

    assert (event.name, event.id) == (name, id)


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", ["", "\n", "\r", "\0", "a\nb", "a\rb", "a\0b", "a\r\nevent: evil", "\n\ndata: x"])
@pytest.mark.security("S1")
def test_name_and_id_of_more_than_one_line_raise(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=field):
        encode("x", **{field: value})  # type: ignore[arg-type]


def test_an_event_ends_in_one_blank_line() -> None:
    assert encode("x", event="bye", id="5f0c2a91-7", retry=500) == b"id: 5f0c2a91-7\nevent: bye\nretry: 500\ndata: x\n\n"


@pytest.mark.security("S3")
def test_the_keepalive_is_only_a_comment() -> None:
    parser = parsed(KEEPALIVE)

    assert [comment.text for comment in parser.comments] == ["heartbeat"]
    assert parser.events == []


def parsed(stream: bytes, piece: int = 7) -> Parser:
    parser = Parser()
    for start in range(0, len(stream), piece):
        parser.feed(stream[start : start + piece])
    return parser


def with_line_feeds(text: str) -> str:
    """The text as a client receives it: each of the three line ends is a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
