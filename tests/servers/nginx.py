"""nginx before one or several servers, as an operator would put it there: its own directory, its own port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.servers.port import LOOPBACK, Port
from tests.servers.process import Process
from tests.waiting import eventually

_READY_WITHIN_SECONDS = 10.0
_GONE_WITHIN_SECONDS = 10.0

_DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"

_MAIN = """
daemon off;
pid {home}/pid;
error_log stderr warn;
worker_processes 1;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    {site}
}}
"""


class NginxMissing(Exception):
    """This machine has no nginx. The text says where it is looked for."""


class Nginx:
    """Before the servers at `ports`. As a context manager it is ready inside, and gone after."""

    def __init__(self, ports: Sequence[int], directory: Path, *, site: str | None = None) -> None:
        """`site`: what stands in `http {}` in place of deploy/nginx.conf; `{servers}`, `{listen}` and `{home}` in it are filled in."""
        self._program = find_nginx()
        self._port, self._tls_port, self._redirect_port = Port(), Port(), Port()
        self.home = directory / f"nginx-{self.port}"
        """Its working directory, `{home}` in the configuration."""
        self.home.mkdir()
        self._process: Process | None = None
        filled = self._deployed(ports) if site is None else self._filled(site, ports)
        (self.home / "nginx.conf").write_text(_MAIN.format(home=self.home, site=filled))

    def __enter__(self) -> Nginx:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def tls_url(self) -> str:
        """Of deploy/nginx.conf, with a certificate that nobody has signed."""
        return f"https://{LOOPBACK}:{self._tls_port.number}"

    def start(self) -> None:
        """Returns when it accepts connections."""
        command = [self._program, "-p", str(self.home), "-e", "stderr", "-c", str(self.home / "nginx.conf")]
        # nginx as root hands its workers to nobody, who could not write below a directory of root's.
        if os.geteuid() == 0:
            command += ["-g", "user root;"]
        self._process = Process(command, log=self.home / "log", cwd=self.home, env={"PATH": os.environ.get("PATH", os.defpath)})
        eventually(self._answers, within=_READY_WITHIN_SECONDS, why=self.log)

    def close(self) -> None:
        if self._process is not None:
            if self._process.running:
                self._process.end(signal.SIGTERM, _GONE_WITHIN_SECONDS)
            self._process.kill()
            self._process = None
        for port in (self._port, self._tls_port, self._redirect_port):
            port.release()

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def _filled(self, site: str, ports: Sequence[int]) -> str:
        servers = "\n".join(f"    server {LOOPBACK}:{port};" for port in ports)
        return site.format(servers=servers, listen=f"{LOOPBACK}:{self.port}", home=self.home)

    def _deployed(self, ports: Sequence[int]) -> str:
        """deploy/nginx.conf with other names and addresses; it also listens without TLS, and takes all its clients from one address."""
        certificate = ["-keyout", self.home / "privkey.pem", "-out", self.home / "fullchain.pem", "-subj", f"/CN={LOOPBACK}"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *certificate], check=True, capture_output=True)
        plain, tls = f"listen {LOOPBACK}:{self.port};", f"listen {LOOPBACK}:{self._tls_port.number} ssl http2"
        names = [(f"app{number}:8000", f"{LOOPBACK}:{port}") for number, port in enumerate(ports, 1)]
        text = _DEPLOYED.read_text()
        for old, new in (
            *names,
            ("/etc/nginx/certs", str(self.home)),
            ("server_name notifier.example.com", f"server_name {LOOPBACK}"),
            ("listen 443 ssl http2;", f"{tls}; {plain}"),
            ("listen 443 ssl http2", tls),
            ("listen 80", f"listen {LOOPBACK}:{self._redirect_port.number}"),
            ("rate=50r/s", "rate=5000r/s"),
        ):
            assert old in text, f"{_DEPLOYED} no longer has {old!r}"
            text = text.replace(old, new)
        return text

    def _answers(self) -> bool:
        assert self._process is not None
        if not self._process.running:
            raise AssertionError(f"nginx ended with {self._process.exit_code}. {self.log()}")
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            return False
        return True


def find_nginx() -> str:
    """Raises `NginxMissing`."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NginxMissing("no nginx on PATH or in /usr/sbin")
    return program
