"""The whole server under a path of the application, in the application's own process.

Requests below the path never reach the application: they are dispatched to a Flask application of our own, with its own error pages,
headers and limits. Its database is a SQLite file beside the application's instance files, or what `NOTIFIER_DATABASE_URL` names.
"""

from __future__ import annotations

import contextvars
import fcntl
import hashlib
import hmac
import logging
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from gevent.monkey import is_module_patched

from notifier import config, scheduler
from notifier.app import build
from notifier.logs import REQUEST_ID_KEY, WHO_KEY
from notifier.services.accounts import provisioning, users
from notifier.services.accounts.person import Person
from notifier.services.hints import STREAM_SERVER
from notifier.services.maintenance import schema
from notifier.services.messages import send as sending
from notifier.services.messages.send import Draft
from notifier.web.auth.host import PERSON
from notifier.web.http.request_body import checked
from notifier.web.http.site import PATHS_OF_HOST
from notifier.web.presenters.message import sent_values

_log = logging.getLogger("notifier.mount")
_NEEDS_NO_PERSON = ("/static/", "/embed", "/healthz", "/readyz", "/metrics")

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]


class Inside:
    """A `Place`, and the WSGI application that dispatches to it."""

    def __init__(self, host: Flask, prefix: str, user: Callable[[], Person | None], issuer: str, settings: dict[str, Any]) -> None:
        if not prefix.startswith("/") or prefix.endswith("/"):
            raise ValueError(f"prefix: a path such as /notifications, and not {prefix!r}")
        self._host = host
        self._prefix = prefix
        self._user = user
        self._issuer = issuer
        self._started_in = 0
        self._server = self._build(Path(host.instance_path) / "notifier", settings)
        self.secret: str = self._server.config["TRUSTED_SECRET"]
        self._next: WsgiApp = host.wsgi_app
        host.wsgi_app = self._dispatch  # type: ignore[method-assign]

    def base(self) -> str:
        return request.script_root + self._prefix

    def pages(self) -> dict[str, str]:
        return {"history": f"{request.script_root}{self._prefix}/notifications"}

    def badge(self, token: str | None) -> Response:
        if token is None:
            return Response(status=204)
        with self._server.test_request_context("/fragments/badge", headers={"Authorization": f"Bearer {token}"}):
            answer = self._server.full_dispatch_request()
        answer.headers["Cache-Control"] = "no-store"  # it becomes an answer of the application, without the other headers of this server
        return answer

    def send(self, to: str | list[str], fields: dict[str, Any], idempotency_key: str | None) -> dict[str, Any]:
        with self._server.app_context():
            draft = checked(Draft, {"to": to, **fields})
            return sent_values(sending.send(draft, idempotency_key=idempotency_key, creates=True))

    def end_streams(self, person: Person) -> None:
        with self._server.app_context():
            users.end_access(provisioning.known(self._issuer, person))

    def _build(self, instance: Path, settings: dict[str, Any]) -> Flask:
        instance.mkdir(parents=True, exist_ok=True)
        # Derived from the key, since a process that can read the key can sign any token already.
        trust = dict.fromkeys(("TRUSTED_ISSUER", "TRUSTED_SECRET", "TRUSTED_PUBLIC_KEY", "TRUSTED_JWKS_URL"), "")
        given = settings | trust | {"BASE_PATH": self._prefix}
        key = config.load(given, instance=instance).SECRET_KEY
        secret = hmac.new(key.encode(), b"host inside", hashlib.sha256).hexdigest()
        ours = {"SECRET_KEY": key, "TRUSTED_ISSUER": self._issuer, "TRUSTED_SECRET": secret}
        server = build(given | ours, instance=instance)
        server.config[PATHS_OF_HOST] = True
        _prepare_database(server, instance)
        return server

    def _dispatch(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if path != self._prefix and not path.startswith(self._prefix + "/"):
            return self._next(environ, start_response)
        self._start()
        own_path = path.removeprefix(self._prefix) or "/"
        inner = environ | {"SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + self._prefix, "PATH_INFO": own_path, PERSON: None}
        if not own_path.startswith(_NEEDS_NO_PERSON):
            inner[PERSON] = self._person(environ)
        # In a context of its own: what is bound to log lines here must not appear in those of the application.
        body: Iterable[bytes] = contextvars.copy_context().run(self._server, inner, start_response)
        environ.update({key: inner.get(key, "") for key in (WHO_KEY, REQUEST_ID_KEY)})  # for the log line of the request
        return body

    def _person(self, environ: Environ) -> Person | None:
        """Ask the application, in a request context of its own: its cookies say who this is."""
        with self._host.request_context(environ):
            return self._user()

    def _start(self) -> None:
        """Start streams and background work in this process, with its first request."""
        if self._started_in == os.getpid():
            return
        self._started_in = os.getpid()
        if not is_module_patched("socket"):
            _log.warning("No streams in this process: the bell polls. Serve with gunicorn -k notifier.realtime.worker.Worker")
            return
        _warn_of_psycopg2()
        self._server.extensions[STREAM_SERVER].start()
        scheduler.start(self._server)


def _prepare_database(server: Flask, instance: Path) -> None:
    """Create or upgrade a SQLite file.

    Of processes that start at once the others wait. Raises `RuntimeError` for another database.
    """
    with server.app_context():
        if not server.config["DATABASE_URL"].startswith("sqlite"):
            if found := schema.problem():
                raise RuntimeError(f"The database of notifier is {found}")
            return
        with open(instance / "upgrade.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            schema.upgrade()


def _warn_of_psycopg2() -> None:
    """Its queries wait in C: no stream and no request of this process goes on meanwhile."""
    driver = sys.modules.get("psycopg2.extensions")
    if driver is not None and driver.get_wait_callback() is None:
        _log.warning("psycopg2 stops all streams of this process at each query. Use psycopg 3 (`psycopg[binary]`), which does not.")
