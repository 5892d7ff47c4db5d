"""Serve `index.html` of another origin under a strict policy, and the one endpoint that it needs.

    NOTIFIER_URL=https://notifier.example NOTIFIER_TRUSTED_SECRET=… python serve.py 9000

The server needs NOTIFIER_TRUSTED_ISSUER=host, the same NOTIFIER_TRUSTED_SECRET, and NOTIFIER_CORS_ORIGINS=http://localhost:9000.
Only the standard library is used: a JWT is three lines.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVER = os.environ["NOTIFIER_URL"].rstrip("/")
SECRET = os.environ["NOTIFIER_TRUSTED_SECRET"].encode()
PAGE = (Path(__file__).parent / "index.html").read_text().replace("SERVER", SERVER)
POLICY = f"default-src 'none'; script-src {SERVER}; connect-src 'self' {SERVER}; require-trusted-types-for 'script'"


def token(subject: str, name: str) -> str:
    """A JWT for five minutes."""
    now = int(time.time())
    claims = {"iss": "host", "aud": "notifier", "sub": subject, "name": name, "iat": now, "exp": now + 300}
    signed = b".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + encoded(hmac.digest(SECRET, signed, hashlib.sha256))).decode()


def encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/notifier-token":
            # Ask your session here who this is, and answer 401 if nobody is signed in.
            self.answer("text/plain", token("42", "Ada"), {"Cache-Control": "no-store"})
        else:
            self.answer("text/html; charset=utf-8", PAGE, {"Content-Security-Policy": POLICY})

    def answer(self, content_type: str, text: str, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": content_type, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
