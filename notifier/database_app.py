"""An application with settings and database alone, which `notifier serve` checks at its start.

`notifier.app` completes it. Whatever is imported here is imported twice at each start, by the command and by every worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Request
from sqlalchemy import event
from werkzeug.routing import MapAdapter

from notifier import config, database
from notifier.config import Settings
from notifier.database import postgres, sqlite
from notifier.extensions import db

_PACKAGE = Path(__file__).resolve().parent
# Templates and static files are beside the package in a checkout, inside it in an installed wheel.
ROOT = _PACKAGE if (_PACKAGE / "templates").is_dir() else _PACKAGE.parent

SETTINGS = "notifier.settings"
"""The key of `Settings` in `app.extensions`."""


class _Flask(Flask):
    """Flask without what no request here needs."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The routes for a request, without sub-domains and web sockets."""
        if request is None:
            return super().create_url_adapter(None)
        query = request.query_string.decode(errors="replace")
        return self.url_map.bind(request.host, request.root_path, "", request.scheme, request.method, request.path, query)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return each view and hook as it is.

        None is asynchronous; to ask each took a fiftieth of a short request.
        """
        return func


def create(overrides: Mapping[str, Any] | None = None, *, instance: Path | None = None) -> Flask:
    """`instance`: the directory of the default database and key."""
    path = None if instance is None else str(instance.resolve())
    app = _Flask("notifier", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"), instance_path=path)
    settings = config.load(overrides, instance=Path(app.instance_path))
    app.config.from_mapping(settings.model_dump())
    app.extensions[SETTINGS] = settings
    _connect(app, settings)
    return app


def _connect(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.DATABASE_URL
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(settings)
    if settings.sqlite:
        file = Path(settings.DATABASE_URL.removeprefix("sqlite:///"))
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)  # other users of this machine may not read it
    db.init_app(app)
    app.teardown_appcontext_funcs.clear()  # it ends the session of Flask-SQLAlchemy, which nothing here begins
    with app.app_context():
        event.listen(db.engine, "handle_error", database.hide_values)
        if settings.sqlite:
            sqlite.prepare(db.engine)
        else:
            postgres.prepare(db.engine)
