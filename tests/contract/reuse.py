"""Requests on connections whose stream has ended: how many each client loses."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import requests

from tests.api_client import Person
from tests.sessions import SESSIONS, begin, move

_SCRIPT = Path(__file__).with_name("reuse.mjs")
_TIMEOUT_SECONDS = 10.0


def ended_session(creator: Person, owner: Person) -> str:
    """The path of a session whose stream ends at once."""
    id = begin(creator, owner)
    move(creator, id, "processed")
    return f"{SESSIONS}/{id}"


def http_client(url: str, token: str, session: str, count: int) -> int:
    """Python's `http.client`, a connection for each pair of requests."""
    lost = 0
    for _ in range(count):
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_SECONDS)) as connection:
            for path in (f"{session}/status/stream", session):
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                try:
                    answer = connection.getresponse()
                    answer.read()
                except (ConnectionError, http.client.HTTPException):
                    lost += 1
                    break
                assert answer.status == 200, answer.status
    return lost


def python_httpx(url: str, token: str, session: str, count: int) -> int:
    lost = 0
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, verify=False, timeout=_TIMEOUT_SECONDS) as client:
        for _ in range(count):
            try:
                client.get(f"{session}/status/stream")
                answer = client.get(session)
            except httpx.TransportError:
                lost += 1
            else:
                lost += answer.status_code != 200
    return lost


def python_requests(url: str, token: str, session: str, count: int) -> int:
    lost = 0
    with requests.Session() as client:
        client.trust_env = False
        client.headers["Authorization"] = f"Bearer {token}"
        for _ in range(count):
            try:
                client.get(f"{url}{session}/status/stream", timeout=_TIMEOUT_SECONDS)
                answer = client.get(f"{url}{session}", timeout=_TIMEOUT_SECONDS)
            except requests.RequestException:
                lost += 1
            else:
                lost += answer.status_code != 200
    return lost


def node_agent(url: str, token: str, session: str, count: int) -> int:
    """Node's `http.Agent` with keepAlive. Raises `FileNotFoundError` without Node."""
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("node is not on PATH")
    command = [node, str(_SCRIPT), url, token, session, str(count)]
    return int(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


CLIENTS = (http_client, python_httpx, python_requests, node_agent)
