"""The clients in a place of their own: a virtual environment for those from PyPI, a temporary folder for those from npm."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

FROM_PYPI = ("httpx-sse", "sseclient-py", "requests", "requests-sse", "aiohttp-sse-client", "aiosseclient", "launchdarkly-eventsource")
FROM_NPM = ("eventsource", "launchdarkly-eventsource", "@microsoft/fetch-event-source", "event-source-polyfill")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Installed:
    """A client, and the command that listens with it; URL and token are its last arguments."""

    name: str
    where: str
    version: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} ({self.where})"


def installed(python: str, folder: Path) -> list[Installed]:
    """All clients. `python`: that of the environment with those from PyPI; those from npm are installed into `folder`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    found = [Installed(name, "Python", _python_version(python, name), (python, str(_HERE / "listen.py"), name)) for name in FROM_PYPI]
    if node is None or npm is None:
        print(f"SKIPPED, as Node.js and npm are missing: {', '.join(FROM_NPM)}", flush=True)
        return found
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *FROM_NPM], cwd=folder, check=True)
    script = str(shutil.copy(_HERE / "listen.mjs", folder))
    return found + [Installed(name, "Node", _npm_version(node, folder, name), (node, script, name)) for name in FROM_NPM]


def _python_version(python: str, name: str) -> str:
    return _output(python, "-c", f"import importlib.metadata as m; print(m.version({name!r}))")


def _npm_version(node: str, folder: Path, name: str) -> str:
    return _output(node, "-p", f"JSON.parse(fs.readFileSync({str(folder / 'node_modules' / name / 'package.json')!r})).version")


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
