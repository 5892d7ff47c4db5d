"""One client from PyPI as its manual shows it: prints each event as a line of JSON. Arguments: client, URL, token.

Clients that do not reconnect by themselves are started again with the last id, as a program that uses them would. The last line is
`closed` with the status of the answer that ended it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator

URL, TOKEN = sys.argv[2:4]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
PAUSE_SECONDS = 0.2
SILENCE_SECONDS = 20.0
GAVE_UP = (204, 401, 403, 404)

Event = tuple[str, str, str]


class Closed(Exception):
    """The server's answer says that there is no stream. The argument is its status."""


def checked(status: int) -> None:
    if status in GAVE_UP:
        raise Closed(status)


def headers(last: str) -> dict[str, str]:
    return HEADERS | ({"Last-Event-ID": last} if last else {})


def resumed(connect: Callable[[str], Iterator[Event]]) -> Iterator[Event]:
    """The events of one connection after the other."""
    last = ""
    while True:
        try:
            for event in connect(last):
                last = event[2] or last
                yield event
        except Closed:
            raise
        except Exception as error:  # each client has exceptions of its own for a lost connection
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        time.sleep(PAUSE_SECONDS)


def httpx_sse(last: str) -> Iterator[Event]:
    import httpx
    from httpx_sse import connect_sse

    with httpx.Client(timeout=SILENCE_SECONDS, trust_env=False) as client, connect_sse(client, "GET", URL, headers=headers(last)) as source:
        checked(source.response.status_code)
        for event in source.iter_sse():
            yield event.event, event.data, event.id


def sseclient_py(last: str) -> Iterator[Event]:
    import requests
    import sseclient

    with requests.get(URL, headers=headers(last), stream=True, timeout=SILENCE_SECONDS) as response:
        checked(response.status_code)
        for event in sseclient.SSEClient(response).events():
            yield event.event, event.data, event.id or ""


def requests_loop(last: str) -> Iterator[Event]:
    import requests

    with requests.get(URL, headers=headers(last), stream=True, timeout=SILENCE_SECONDS) as response:
        checked(response.status_code)
        name, id = "message", ""
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            field, _, value = line.partition(": ")
            if field == "id":
                id = value
            elif field == "event":
                name = value
            elif field == "data":
                yield name, value, id
            elif not line:
                name = "message"


def requests_sse() -> Iterator[Event]:
    import requests
    from requests_sse import EventSource, InvalidStatusCodeError

    last = ""
    while True:
        try:
            with EventSource(URL, headers=dict(HEADERS), timeout=SILENCE_SECONDS, latest_event_id=last or None) as source:
                for event in source:
                    last = event.last_event_id or last
                    yield event.type or "message", event.data or "", event.last_event_id
        except InvalidStatusCodeError as error:
            checked(error.status_code)
        except requests.RequestException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        time.sleep(PAUSE_SECONDS)


def launchdarkly() -> Iterator[Event]:
    from ld_eventsource import SSEClient
    from ld_eventsource.actions import Event as Received
    from ld_eventsource.actions import Fault
    from ld_eventsource.config import ConnectStrategy, ErrorStrategy

    client = SSEClient(
        ConnectStrategy.http(URL, headers=HEADERS), initial_retry_delay=PAUSE_SECONDS, error_strategy=ErrorStrategy.always_continue()
    )
    for action in client.all:
        if isinstance(action, Received):
            yield action.event, action.data, action.last_event_id or ""
        elif isinstance(action, Fault):
            checked(getattr(action.error, "status", 0))


async def aiohttp_sse_client() -> AsyncIterator[Event]:
    import aiohttp
    from aiohttp_sse_client.client import EventSource

    last = ""
    while True:
        try:
            async with EventSource(URL, headers=headers(last), timeout=aiohttp.ClientTimeout(total=None)) as source:
                async for event in source:
                    last = event.last_event_id or last
                    yield event.type or "message", event.data, event.last_event_id
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        checked(await status_of(last))
        await asyncio.sleep(PAUSE_SECONDS)


async def aiosseclient() -> AsyncIterator[Event]:
    from aiosseclient import aiosseclient as listen

    last = ""
    while True:
        try:
            async for event in listen(URL, last_id=last or None, headers=dict(HEADERS)):
                last = event.id or last
                yield event.event, event.data, event.id or ""
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        checked(await status_of(last))
        await asyncio.sleep(PAUSE_SECONDS)


async def status_of(last: str) -> int:
    """What the server answers: these clients do not hand out the status."""
    import aiohttp

    try:
        async with aiohttp.ClientSession() as session, session.head(URL, headers=headers(last)) as answer:
            return int(answer.status)
    except (aiohttp.ClientError, OSError):
        return 0


async def _print_all(events: AsyncIterator[Event]) -> None:
    async for event in events:
        show(*event)


def show(name: str, data: str, id: str) -> None:
    print(json.dumps({"name": name, "data": data, "id": id}), flush=True)


def main() -> None:
    one_connection = {"httpx-sse": httpx_sse, "sseclient-py": sseclient_py, "requests": requests_loop}
    reconnecting = {"requests-sse": requests_sse, "launchdarkly-eventsource": launchdarkly}
    asynchronous = {"aiohttp-sse-client": aiohttp_sse_client, "aiosseclient": aiosseclient}
    client = sys.argv[1]
    try:
        if client in asynchronous:
            asyncio.run(_print_all(asynchronous[client]()))
            return
        for event in resumed(one_connection[client]) if client in one_connection else reconnecting[client]():
            show(*event)
    except Closed as closed:
        show("closed", str(closed), "")


if __name__ == "__main__":
    main()
