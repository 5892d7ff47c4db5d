"""Examples of requests as curl commands."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

# The shell variable for the token of a scheme.
_TOKENS = {"token": "$TOKEN", "refresh_token": "$REFRESH_TOKEN"}


def curl(method: str, path: str, operation: Mapping[str, Any], origin: str, body: Any = None) -> str:
    """A command with the examples of the document.

    `origin`: scheme and host of the server, without a slash at the end.
    """
    for parameter in operation.get("parameters", []):
        path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example")))
    options = ["-N"] if _streams(operation) else []
    options += [] if method == "GET" else ["-X", method]
    lines = [" ".join(["curl -s", *options, shlex.quote(origin + path)])]
    for scheme in _first_way_in(operation):
        if scheme in _TOKENS:
            lines.append(f'-H "Authorization: Bearer {_TOKENS[scheme]}"')
    if isinstance(body, str):
        lines += ["-H 'Content-Type: application/x-ndjson'", f"--data-binary {shlex.quote(body)}"]
    elif body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}"]
    return " \\\n  ".join(lines)


def pretty(value: Any) -> str:
    """Indented JSON; a text stays as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _streams(operation: Mapping[str, Any]) -> bool:
    return any("text/event-stream" in response.get("content", {}) for response in operation["responses"].values())


def _first_way_in(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    ways: list[Mapping[str, Any]] = operation["security"]
    return ways[0] if ways else {}
