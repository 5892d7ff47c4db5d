"""The client of all stream tests reads streams as the standards require.

Examples are those of the WHATWG HTML standard.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sse import Closed, Event, Fleet, Parser, ProtocolError, Response, Stream
from tests.unit.scripted_server import STREAM_HEAD, chunk, serving

BOM = b"\xef\xbb\xbf"
HELLO = b"id: 7\nevent: greeting\nretry: 1500\ndata: hello\n\n"


def parsed(data: bytes) -> list[tuple[str | None, str, str]]:
    parser = Parser()
    parser.feed(data)
    return [(event.id, event.name, event.data) for event in parser.events]


def messages(data: bytes) -> list[str]:
    return [data for _, _, data in parsed(data)]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
        (b"data\n\ndata\ndata\n\ndata:", ["", "\n"]),
        (b"data:test\n\ndata: test\n\n", ["test", "test"]),
        (b"data:  two spaces\n\n", [" two spaces"]),
        (b"data: a: b\n\n", ["a: b"]),
        (b"data: cut off", []),
        (b"data: no blank line\n", []),
        (b"event: only\n\n\n\n", []),
        (b"unknown: x\nDATA: y\n data: z\n\n", []),
        (BOM + b"data: a\n\n" + BOM + b"data: b\n\n", ["a"]),
        ("data: a\u2028b\x0bc\x85d\n\n".encode(), ["a\u2028b\x0bc\x85d"]),
        (b"data: a\0b\n\n", ["a\0b"]),
    ],
)
def test_data_lines_make_messages(stream: bytes, expected: list[str]) -> None:
    assert messages(stream) == expected


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_any_line_end_ends_a_line(end: bytes) -> None:
    assert messages(end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])) == ["a\nb", "c"]


def test_ids_are_those_of_the_standards_second_example() -> None:
    stream = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    assert parsed(stream) == [("1", "message", "first event"), ("", "message", "second event"), (None, "message", " third event")]


def test_id_lasts_until_the_next_one() -> None:
    parser = Parser()
    parser.feed(b"id: 1\ndata: a\n\ndata: b\n\n")
    assert parser.last_event_id == "1"


def test_id_counts_once_its_block_has_ended() -> None:
    parser = Parser()
    parser.feed(b"id: 1\ndata: a\n")
    assert parser.last_event_id == ""


def test_id_without_data_moves_the_cursor_without_event() -> None:
    parser = Parser()
    parser.feed(b"id: 9\n\n")
    assert (parser.last_event_id, parser.events) == ("9", [])


def test_id_with_nul_is_ignored() -> None:
    assert parsed(b"id: 1\nid: 2\0\ndata: a\n\n") == [("1", "message", "a")]


def test_event_name_is_for_one_block_only() -> None:
    assert parsed(b"event: a\nevent: b\ndata: x\n\ndata: y\n\n") == [(None, "b", "x"), (None, "message", "y")]


@pytest.mark.parametrize(("value", "expected"), [(b"0", 0), (b"1000", 1000), (b"-1", None), (b"1s", None), ("\uff11".encode(), None)])
def test_retry_takes_ascii_digits(value: bytes, expected: int | None) -> None:
    parser = Parser()
    parser.feed(b"retry: " + value + b"\ndata: x\n\n")
    assert parser.retry == parser.events[0].retry == expected


def test_comments_are_recorded_with_their_time() -> None:
    parser = Parser()
    parser.feed(b": heartbeat\n", at=3.0)
    assert [(comment.text, comment.at) for comment in parser.comments] == [("heartbeat", 3.0)]
    assert not parser.events


def test_event_has_the_arrival_time_of_its_end() -> None:
    parser = Parser()
    parser.feed(b"data: x\n", at=1.0)
    parser.feed(b"\n", at=2.0)
    assert parser.events == [Event(None, "message", "x", None, 2.0)]


def test_invalid_utf_8_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        Parser().feed(b"data: \xff\n\n")


@given(st.lists(st.sampled_from([b"\r", b"\n", b":", b" ", b"data", b"id", b"event", b"\xc3\xa4", b"\0", b"x", BOM]), max_size=40))
def test_chunk_boundaries_do_not_matter(pieces: list[bytes]) -> None:
    stream = BOM + b"".join(pieces) + b"\n\n"
    whole, bytewise = Parser(), Parser()
    whole.feed(stream)
    for byte in stream:
        bytewise.feed(bytes([byte]))
    assert (bytewise.events, bytewise.last_event_id) == (whole.events, whole.last_event_id)


def fed(answer: bytes, *, method: str = "GET", version: str = "1.1") -> tuple[Response, bytes]:
    """A response fed byte by byte, and the body that came out."""
    response = Response(method=method, version=version)
    return response, b"".join(response.feed(bytes([byte])) for byte in answer)


def test_chunks_are_joined_and_the_last_one_ends_the_body() -> None:
    response, body = fed(STREAM_HEAD + b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")
    assert (response.status, body, response.ended) == (200, b"abc0123456789", True)


def test_a_body_without_its_last_chunk_has_not_ended() -> None:
    response, _ = fed(STREAM_HEAD + chunk(b"abc"))
    response.feed_end()
    assert not response.ended


def test_unframed_body_ends_with_the_connection() -> None:
    response, body = fed(b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nabc", version="1.0")
    assert (body, response.ended) == (b"abc", False)
    response.feed_end()
    assert response.ended


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nA: b\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad header: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\nx",
        STREAM_HEAD + b"0x3\r\nabc\r\n",
        STREAM_HEAD + b"3;name=value\r\nabc\r\n",
        STREAM_HEAD + b"3\r\nabcd\r\n",
        STREAM_HEAD + b"\r\n",
        STREAM_HEAD + b"0\r\n\r\nx",
    ],
)
def test_invalid_http_is_an_error(answer: bytes) -> None:
    with pytest.raises(ProtocolError):
        fed(answer)


def test_stream_yields_events_and_a_clean_end() -> None:
    with serving(STREAM_HEAD + chunk(HELLO) + chunk(b": beat\n\n") + b"0\r\n\r\n") as server, Stream(server.url, "secret") as stream:
        event = stream.next()
        assert (event.id, event.name, event.data, event.retry) == ("7", "greeting", "hello", 1500)
        assert stream.wait_closed()
        assert stream.ended_cleanly
        assert (stream.status, stream.headers["CONTENT-TYPE"], stream.last_event_id) == (200, "text/event-stream", "7")
        assert stream.raw.endswith(b"0\r\n\r\n")
    assert server.requests[0].startswith(b"GET /stream?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nAuthorization: Bearer secret\r\n" in server.requests[0]


def test_stream_sends_the_id_to_resume_from() -> None:
    with serving(STREAM_HEAD) as server, Stream(server.url, last_event_id="abc-1", headers={"X-Own": "1"}):
        pass
    assert b"\r\nLast-Event-ID: abc-1\r\nX-Own: 1\r\n" in server.requests[0]


@pytest.mark.parametrize("reset", [False, True])
def test_cut_stream_did_not_end_cleanly(reset: bool) -> None:
    with serving(STREAM_HEAD + chunk(HELLO), reset=reset, hold=True) as server, Stream(server.url) as stream:
        stream.next()
        server.go_on()
        assert stream.wait_closed()
        assert not stream.ended_cleanly
        with pytest.raises(Closed):
            stream.next()


def test_waiting_for_an_event_times_out() -> None:
    with serving(STREAM_HEAD + chunk(HELLO), hold=True) as server, Stream(server.url) as stream:
        assert stream.until("greeting").data == "hello"
        with pytest.raises(TimeoutError, match="greeting 7 hello"):
            stream.until("farewell", timeout=0.05)
        assert not stream.wait_closed(timeout=0.05)


def test_refusal_is_read_to_its_end() -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}"
    with serving(refusal, hold=True) as server, Stream(server.url) as stream:
        assert (stream.response.status_code, stream.response.json()) == (403, {})


def test_fleet_waits_for_all_its_streams() -> None:
    answer = STREAM_HEAD + chunk(HELLO) + b"0\r\n\r\n"
    with serving(answer, answer, answer) as server, Fleet() as fleet:
        fleet.open(server.url, ["a", "b", "c"])
        fleet.wait(lambda stream: stream.ended_cleanly)
        assert [stream.last_event_id for stream in fleet.streams] == ["7", "7", "7"]


def test_fleet_reports_how_many_timed_out() -> None:
    with serving(STREAM_HEAD + chunk(HELLO), hold=True) as server, Fleet() as fleet:
        fleet.add(Stream(server.url))
        with pytest.raises(TimeoutError, match="1 of 1"):
            fleet.wait(lambda stream: len(stream.events) > 1, timeout=0.05)
