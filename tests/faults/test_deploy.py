"""Deployment files: nginx accepts and serves its configuration, the others name what exists."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from notifier.config import PREFIX, SECRET_SETTINGS, Settings
from tests.api_client import STREAM_PATH, Person
from tests.databases import Databases
from tests.servers import Nginx, NginxMissing
from tests.servers.notifier import ROOT
from tests.servers.port import LOOPBACK, Port
from tests.sessions import SESSIONS, begin, move
from tests.site import Site

NAME = "notifier.example.com"


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"TRUSTED_PROXIES": 1}


@pytest.fixture(scope="module")
def tls() -> Iterator[int]:
    """A free port for TLS."""
    port = Port()
    yield port.number
    port.release()


@pytest.fixture(scope="module")
def front(site: Site, tls: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx with deploy/nginx.conf; only addresses and the path of the certificate differ."""
    certs = tmp_path_factory.mktemp("certs")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made: list[str | Path] = [*make, "-subj", f"/CN={NAME}", "-keyout", certs / "privkey.pem", "-out", certs / "fullchain.pem"]
    subprocess.run(made, check=True, capture_output=True)
    conf = (ROOT / "deploy/nginx.conf").read_text().replace("{", "{{").replace("}", "}}")
    conf = re.sub(r"( +server) app1:8000.*\n.*app2:8000", rf"\1 {LOOPBACK}:{site.server.port}", conf)
    conf = re.sub(r"listen 80\b", "listen {listen}", conf).replace("/etc/nginx/certs", str(certs))
    conf = re.sub(r"listen 443\b", f"listen {LOOPBACK}:{tls}", conf)
    try:
        nginx = Nginx([site.server.port], tmp_path_factory.mktemp("nginx"), site=conf)
    except NginxMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with nginx:
        yield nginx


def curl(tls: int, path: str, *args: str) -> subprocess.CompletedProcess[str]:
    where = ["--resolve", f"{NAME}:{tls}:{LOOPBACK}", "--noproxy", "*", "--insecure", "--silent", "--http2"]
    return subprocess.run(["curl", *where, *args, f"https://{NAME}:{tls}{path}"], capture_output=True, text=True, timeout=30)


def test_stream_is_served_over_http_2(front: Nginx, tls: int, alice: Person, dana: Person) -> None:
    sent = dana.send(alice)["id"]
    bearer = ["-H", f"Authorization: Bearer {alice.token}"]
    told = curl(tls, f"{STREAM_PATH}?last_event_id=malformed", *bearer, "--include", "--max-time", "1").stdout
    assert told.startswith("HTTP/2 200") and "content-type: text/event-stream\n" in told.replace("\r", "")
    assert "event: connected" in told and "event: reset" in told
    assert "content-encoding" not in told
    listed = curl(tls, "/api/notifications", *bearer).stdout
    assert sent in listed


def test_client_address_is_the_one_nginx_sees(front: Nginx, site: Site, tls: int) -> None:
    curl(tls, "/healthz", "-H", "X-Forwarded-For: 203.0.113.9", "-H", "X-Request-ID: chosen-outside")
    assert "203.0.113.9" not in site.server.log()
    assert "chosen-outside" not in site.server.log()


def test_metrics_are_not_public(front: Nginx, tls: int) -> None:
    assert curl(tls, "/metrics", "--write-out", "%{http_code}", "--output", os.devnull).stdout == "404"


def test_an_import_of_a_mebibyte_comes_through(front: Nginx, site: Site, tls: int, tmp_path: Path) -> None:
    lines = tmp_path / "users.ndjson"
    row = '{"name": "wide", "label": "Wide", "time_zone": "UTC"}'
    lines.write_text(f"{row}{' ' * (1_048_576 - len(row))}")
    upload = ["-H", f"Authorization: Bearer {site.person('root', 'admin').token}", "--data-binary", f"@{lines}"]
    upload += ["-H", "Content-Type: application/x-ndjson", "--output", os.devnull, "--write-out", "%{http_code}"]

    assert curl(tls, "/api/users/import", *upload).stdout == "200"
    assert curl(tls, "/api/notifications", *upload).stdout == "413"


def test_only_the_configured_host_name_is_served(front: Nginx, tls: int) -> None:
    assert curl(tls, "/healthz", "-H", "Host: evil.example").returncode != 0
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(front.url, headers={"Host": "evil.example"}, trust_env=False)
    moved = httpx.get(f"{front.url}/login?next=/", headers={"Host": NAME}, trust_env=False)
    assert (moved.status_code, moved.headers["location"]) == (308, f"https://{NAME}/login?next=/")


def test_requests_after_ended_streams_are_answered(front: Nginx, tls: int, alice: Person, dana: Person) -> None:
    headers = {"Host": NAME, "Authorization": f"Bearer {alice.token}"}
    statuses: Counter[int] = Counter()
    with httpx.Client(base_url=f"https://{LOOPBACK}:{tls}", headers=headers, trust_env=False, verify=False) as client:
        for _ in range(40):
            session = begin(dana, alice)
            with client.stream("GET", f"{SESSIONS}/{session}/status/stream") as stream:
                lines = stream.iter_lines()
                assert next(lines).startswith("id: ")
                move(dana, session, "processed")
                assert "event: complete" in list(lines)
            statuses[client.post("/api/notifications/undo", json={"seq": 1}).status_code] += 1

    assert statuses == {409: 40}


def test_missing_instance_returns_503_with_retry_after(front: Nginx, tls: int, site: Site) -> None:
    site.server.kill()
    try:
        told = curl(tls, STREAM_PATH, "--include").stdout
        assert re.match(r"HTTP/2 50[24]", told) and "retry-after: 2" in told
    finally:
        site.server.restart()


def test_compose_has_all_services_and_only_known_settings() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert services.keys() == {"postgres", "redis", "migrate", "app1", "app2", "nginx"}
    for name in ("migrate", "app1", "app2"):
        assert settings_named(services[name]["environment"]) <= Settings.model_fields.keys()
        assert not {PREFIX + secret for secret in SECRET_SETTINGS - {"REDIS_URL"}} & services[name]["environment"].keys()
    for path in re.findall(r"\./(deploy/[a-z.]+\.conf)", (ROOT / "compose.yaml").read_text()):
        assert (ROOT / path).is_file()


def test_compose_recreates_one_instance_after_the_other_and_nginx_finds_it(tmp_path: Path) -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert services["app2"]["depends_on"]["app1"] == {"condition": "service_healthy"}

    *_, script = services["nginx"]["command"]
    script = script.replace("/etc/notifier/nginx.conf", str(ROOT / "deploy/nginx.conf")).replace("/etc/nginx/conf.d/", f"{tmp_path}/")
    subprocess.run(["sh", "-c", script.partition("exec nginx")[0]], check=True)
    made = (tmp_path / "default.conf").read_text()
    assert made.startswith("resolver 127.0.0.11 valid=10s;\n")
    assert re.findall(r"server (\w+):8000 max_fails=0 resolve;", made) == ["app1", "app2"] * 2
    assert len(set(re.findall(r"^    zone (\w+) 64k;", made, re.MULTILINE))) == 2


def test_kubernetes_example_names_only_known_settings() -> None:
    deployment, *others = yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert settings_named(variable["name"] for variable in container["env"]) <= Settings.model_fields.keys()
    assert {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys()
    assert "PodDisruptionBudget" in {other["kind"] for other in others}


def test_dockerfile_copies_existing_files() -> None:
    copied = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY ") and "--from" not in line]
    sources = {word for line in copied for word in line.split()[1:-1]}
    assert {"notifier", "templates", "static", "requirements.txt", "gunicorn.conf.py"} <= sources
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists() and f"!{source}" in ignored, source


def test_systemd_unit_starts_an_existing_command() -> None:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy/notifier.service")
    assert unit["Service"]["ExecStart"].startswith("/opt/notifier/.venv/bin/notifier serve ")
    assert settings_named(re.findall(rf"\b{PREFIX}[A-Z_]+", (ROOT / "deploy/notifier.service").read_text())) <= Settings.model_fields.keys()


def settings_named(variables: object) -> set[str]:
    return {str(name).removeprefix(PREFIX).removesuffix("_FILE") for name in variables}  # type: ignore[attr-defined]
