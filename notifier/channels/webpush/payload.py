"""What a push carries: JSON for the service worker, at most 3 KiB."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from notifier.channels.ports import Kind, Outgoing

MAX_PAYLOAD_BYTES = 3072
"""Bytes. Push services take 4096 encrypted, and a push whose service refuses even that goes without text."""
_MAX_TITLE_LENGTH = 200
_TEST = {"id": "test", "title": "Test", "text": "Push works on this device."}


def payload(outgoing: Outgoing, *, with_text: bool = True) -> bytes:
    """`{id, title, text, url, unread, open}`; `open`: the ids that stay, all others are closed."""
    content = _content(outgoing)
    if not with_text:
        content["text"] = ""
    while len(encoded := json.dumps(content, ensure_ascii=False).encode()) > MAX_PAYLOAD_BYTES:
        content["text"] = _shorter(str(content["text"]), len(encoded) - MAX_PAYLOAD_BYTES)
    return encoded


def _content(outgoing: Outgoing) -> dict[str, Any]:
    inbox = outgoing.inbox
    rest = {"unread": inbox.unread if inbox else 0, "open": list(inbox.newest) if inbox else []}
    if outgoing.kind != Kind.MESSAGE:
        return _TEST | {"url": _path(outgoing.settings)} | rest
    item = outgoing.items[0]
    url = item.links[0].url if item.links else item.url
    return {"id": item.id, "title": item.title[:_MAX_TITLE_LENGTH], "text": item.text, "url": _path(url)} | rest


def _shorter(text: str, over: int) -> str:
    """The text without so many bytes or somewhat more, cut between characters."""
    kept = text.encode()[: max(0, len(text.encode()) - over - len("…".encode()))].decode(errors="ignore")
    return f"{kept}…" if kept else ""


def _path(url: str) -> str:
    """The address without its site: a device stays on the one that it knows this server by."""
    return urlsplit(url).path
