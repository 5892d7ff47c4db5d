"""Build the wheel and install it into an empty environment: it contains all files it needs, and serves pages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.servers.port import LOOPBACK
from tests.servers.server import Server

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
NEEDED = (
    "notifier/py.typed",
    "notifier/gunicorn.conf.py",
    "notifier/templates/base.html",
    "notifier/static/vendor/htmx.min.js",
    "notifier/static/vendor/hx-sse.min.js",
    "notifier/static/vendor/hx-upsert.min.js",
    "notifier/migrations/script.py.mako",
)

pytestmark = pytest.mark.slow


class Installed(Server):
    """`notifier serve` from an environment with the wheel, without this checkout."""

    def __init__(self, directory: Path, command: Path) -> None:
        super().__init__(directory)
        self.command = command
        self.url = f"http://{LOOPBACK}:{self.port}"

    def launch(self) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFIER_", "PYTHON", "PROMETHEUS_"))}
        database = {"NOTIFIER_DATABASE_URL": f"sqlite:///{self.home / 'notifier.db'}", "NOTIFIER_SECRET_KEY": "k" * 40}
        self._run([str(self.command), "serve", "--port", str(self.port)], env=environ | database)

    def answers(self) -> bool:
        try:
            return httpx.get(self.url + "/healthz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", out, ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("environment") / "venv"
    uv("venv", "--python", sys.executable, home)
    uv("pip", "install", "--python", home / "bin/python", "--constraint", ROOT / "requirements.txt", wheel)
    return home


def test_wheel_carries_front_end_templates_and_migrations(wheel: Path) -> None:
    with ZipFile(wheel) as files:
        names = set(files.namelist())

    assert [name for name in NEEDED if name not in names] == []
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "templates/", "static/"))]


def test_installed_wheel_serves_pages_with_their_scripts(environment: Path, tmp_path: Path) -> None:
    with Installed(tmp_path, environment / "bin/notifier") as server:
        page = httpx.get(server.url + "/login")
        script = httpx.get(server.url + "/static/vendor/htmx.min.js")
        ready = httpx.get(server.url + "/readyz").json()

    assert page.status_code == script.status_code == 200
    assert ready["checks"]["assets"] == "ok"


def uv(*args: str | Path) -> None:
    done = subprocess.run([UV, *args], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
