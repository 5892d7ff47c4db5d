"""nginx as a reverse proxy for one or several servers, with its own directory and port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.port import LOOPBACK, Port
from tests.servers.server import Server

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
    """This machine has no nginx. The message names the searched places."""


class Nginx(Server):
    """A proxy for the servers at `ports`."""

    def __init__(self, ports: Sequence[int], directory: Path, *, site: str | None = None) -> None:
        """`site`: content of `http {}` instead of deploy/nginx.conf, with the fields `{servers}`, `{listen}` and `{home}`."""
        self._program = find_nginx()
        super().__init__(directory)
        self._tls_port, self._redirect_port = Port(), Port()
        filled = self._deployed(ports) if site is None else self._filled(site, ports)
        (self.home / "nginx.conf").write_text(_MAIN.format(home=self.home, site=filled))

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def tls_url(self) -> str:
        """The TLS address of deploy/nginx.conf, with a self-signed certificate."""
        return f"https://{LOOPBACK}:{self._tls_port.number}"

    def launch(self) -> None:
        command = [self._program, "-p", str(self.home), "-e", "stderr", "-c", str(self.home / "nginx.conf")]
        # nginx as root runs its workers as the user `nobody`, which cannot write below a directory of root.
        if os.geteuid() == 0:
            command += ["-g", "user root;"]
        self._run(command, env={"PATH": os.environ.get("PATH", os.defpath)})

    def answers(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        super().close()
        for port in (self._tls_port, self._redirect_port):
            port.release()

    def _filled(self, site: str, ports: Sequence[int]) -> str:
        servers = "\n".join(f"    server {LOOPBACK}:{port};" for port in ports)
        return site.format(servers=servers, listen=f"{LOOPBACK}:{self.port}", home=self.home)

    def _deployed(self, ports: Sequence[int]) -> str:
        """Return deploy/nginx.conf with local names and addresses.

        It also listens without TLS, and its rate limit is higher, since all clients come from one address.
        """
        certificate: list[str | Path] = [
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            "-keyout",
            self.home / "privkey.pem",
            "-out",
            self.home / "fullchain.pem",
            "-subj",
            f"/CN={LOOPBACK}",
        ]
        subprocess.run(["openssl", "req", "-x509", "-nodes", *certificate], check=True, capture_output=True)
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
            assert old in text, f"{_DEPLOYED} no longer contains {old!r}"
            text = text.replace(old, new)
        return text


def find_nginx() -> str:
    """Return the path of nginx. Raises `NginxMissing`."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NginxMissing("no nginx on PATH or in /usr/sbin")
    return program
