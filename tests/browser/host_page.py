"""A page of another origin, and its server's token endpoint: a host application without anything else."""

from __future__ import annotations

from collections.abc import Callable

from tests.servers.threaded import Handler, ThreadedServer

TOKEN_PATH = "/notifier-token"
SECRET = "shared by the host and the server, and long enough"


class HostPage(ThreadedServer):
    """Serves `html` with `policy` at every path but that of tokens, on `localhost`: another site than 127.0.0.1.

    `token`: called at each request for a token; None when nobody is signed in.
    """

    def __init__(self) -> None:
        self.html = ""
        self.policy = ""
        self.token: Callable[[], str | None] = lambda: None
        self.tokens = 0
        page = self

        class Answering(Handler):
            def do_GET(self) -> None:
                if self.path == TOKEN_PATH:
                    page.tokens += 1
                    token = page.token()
                    self._answer(401 if token is None else 200, "text/plain", token or "", {"Cache-Control": "no-store"})
                elif self.path == "/favicon.ico":
                    self._answer(204, "text/plain", "", {})
                else:
                    self._answer(200, "text/html; charset=utf-8", page.html, {"Content-Security-Policy": page.policy})

            def _answer(self, status: int, content_type: str, text: str, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in ({"Content-Type": content_type} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

        super().__init__(Answering)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def settings(self) -> dict[str, object]:
        """Those of a server that this page may embed. Heartbeats come fast, as on the other pages under test."""
        return {"HEARTBEAT_SECONDS": 1, "CORS_ORIGINS": self.origin, "TRUSTED_ISSUER": "host", "TRUSTED_SECRET": SECRET}

    def asked_since(self, tokens: int) -> bool:
        """Whether more tokens than these were asked for."""
        return self.tokens > tokens

    def show(self, server: str, *, body: str = "", **attributes: str) -> None:
        """The page with the script's tag, under the strictest policy that it works with."""
        tag = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.html = f'<!doctype html><title>Shop</title><script src="{server}/embed.js" {tag} defer></script><h1>Shop</h1>{body}'
        own = " 'self'" if "token_url" in attributes else ""
        self.policy = f"default-src 'none'; script-src {server}; connect-src {server}{own}; require-trusted-types-for 'script'"
