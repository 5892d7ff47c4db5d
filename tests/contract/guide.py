"""The code blocks of docs/coming-from.md, and how each language runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api_client import Person
from tests.servers.notifier import ROOT
from tests.site import Site

MANUAL = (ROOT / "docs/coming-from.md").read_text()
FENCE = re.compile(
    r"^(?:<!-- (?P<mark>block|not run): (?P<text>[^\n]+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
BLOCKS = {match["text"]: match["code"] for match in FENCE.finditer(MANUAL) if match["mark"] == "block"}
_SECONDS = 100.0
# The page's EventSource and fetch, with a token instead of the cookie; each function of the page that the block calls is printed.
_NODE = """
import { EventSource as Package } from "eventsource";
import { createInterface } from "node:readline";
const [base, token] = process.argv.slice(1);
const web = globalThis.fetch;
const fetch = (input, init) => web(new URL(input, base), { ...init, headers: { ...init?.headers, Authorization: `Bearer ${token}` } });
class EventSource extends Package {
  constructor(url, init) { super(new URL(url, base), { ...init, fetch }); }
}
const print = (name) => (...values) =>
  console.log(JSON.stringify([name, ...values.map((value) => (value instanceof Map ? [...value.values()] : value))]));
const [show, showHistory, setBadge, toast, loadList] = ["show", "showHistory", "setBadge", "toast", "loadList"].map(print);
"""
RECONNECT = """
let current = connect();
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "close") { current.close(); print("closed")(); }
  else current = connect();
});
"""


class Script:
    """A block of the guide in Node, as if on a page of `person`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, name: str, *values: Any) -> list[Any]:
        """Return the values of the next call of the function `name`, with these first `values` if they are given."""
        assert self._process.stdout is not None
        before = []
        for line in self._process.stdout:
            called, *rest = json.loads(line)
            found: list[Any] = rest
            if called == name and found[: len(values)] == list(values):
                return found
            before.append(line)
        raise AssertionError(f"the script ended without {name}{values}: {before}")

    def command(self, line: str) -> None:
        """Write a line to the script: `close` ends its EventSource, `connect` makes a new one."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@contextmanager
def in_node(site: Site, person: Person, block: str, after: str = "") -> Iterator[Script]:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules/eventsource").is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node with the package eventsource is missing: `make setup` fetches it")
    code = _NODE + BLOCKS[block] + after
    # `timeout` ends a script that prints nothing, and with it the wait for its next line.
    command = ["timeout", f"{_SECONDS:g}", node, "--input-type=module", "--eval", code, site.url, person.token]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Script(process)
        finally:
            process.terminate()


def in_shell(site: Site, block: str, replace: dict[str, str] | None = None, **environment: str) -> str:
    """Run a block on the server's machine and return what it prints. `replace`: parts of the block, each of which it must contain."""
    code = BLOCKS[block]
    for old, new in (replace or {}).items():
        assert old in code, f"{block} does not contain {old}"
        code = code.replace(old, new)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    every = site.server.environment() | {"PATH": path, "NOTIFIER_URL": site.url} | environment
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, cwd=site.server.home, env=every, timeout=_SECONDS)
    assert "Traceback" not in done.stderr and "Error" not in done.stderr, done.stderr
    return done.stdout


def in_python(block: str, **names: Any) -> dict[str, Any]:
    """Run a block with these variables and return all of its variables."""
    exec(compile(BLOCKS[block], block, "exec"), names)
    return names
