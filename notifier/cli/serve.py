"""The command that starts the server: it becomes gunicorn."""

from __future__ import annotations

import gc
import logging
import os
import sys
from pathlib import Path

import click
from flask import Flask

from notifier import __version__
from notifier.cli import listening
from notifier.cli.application import application, prepare_database
from notifier.cli.exits import WRONG_USAGE, give_up
from notifier.environment import PREFIX, is_loopback, metrics_directory


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--reload", is_flag=True, help="Restart the workers when code, templates or static files change (for development).")
@click.option("--open", "open_to", metavar="NAME", help="On loopback: requests without credentials act as the user NAME.")
def serve(host: str, port: int, workers: int, reload: bool, open_to: str | None) -> None:
    """Start the server. An empty or older SQLite database is upgraded first."""
    gc.disable()  # until gunicorn takes this process: imports leave no garbage, and looking for it costs a tenth of their time
    if open_to:
        os.environ[f"{PREFIX}OPEN_TO"] = open_to
    if os.environ.get(f"{PREFIX}OPEN_TO", "").strip() and not is_loopback(host):
        give_up(f"--open serves only this machine: --host {host} is no loopback address", WRONG_USAGE)
    listener = listening.listen(host, port)
    from notifier import database_app

    log = _startup_log()
    with application(database_app.create, warn=log.warning) as app:
        _make_ready(app, log)
        if workers > 1 and app.config["BUS"] != "off" and not app.config["REDIS_URL"]:
            seconds = app.config["LOOK_SECONDS"]
            log.warning(
                f"{workers} workers without REDIS_URL: streams show what another worker wrote up to {seconds:g} s later, not at once"
            )
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_directory()
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    log.info(f"notifier {__version__} on http://{bind}")
    options = ["--config", str(database_app.ROOT / "gunicorn.conf.py"), "--bind", bind, "--workers", str(workers)]
    if reload:
        options += ["--reload", *(f"--reload-extra-file={file}" for file in _files_that_are_not_code(database_app.ROOT))]
    if listener is not None:
        listening.pass_on(listener)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options, "notifier:create_app()"])


def _files_that_are_not_code(root: Path) -> list[Path]:
    return [file for folder in ("templates", "static") for file in (root / folder).rglob("*") if file.is_file()]


def _startup_log() -> logging.Logger:
    """Log as the server does from its start on: a line of JSON each, on a terminal the text alone."""
    from notifier import logs

    log, handler = logging.getLogger("notifier.serve"), logging.StreamHandler(sys.stderr)
    handler.setFormatter(None if sys.stderr.isatty() else logs.formatter(text=False))
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    return log


def _make_ready(app: Flask, log: logging.Logger) -> None:
    """Upgrade the database and create the first users.

    Only these need the whole program, which the worker imports again: the rest does with settings and database.
    """
    prepare_database(app)
    if app.config["DEMO"]:
        _prepare_demo(app, Path(app.instance_path) / "demo.txt", log)
    elif app.config["OPEN_TO"]:
        _prepare_open_user(app, app.config["OPEN_TO"])


def _prepare_demo(app: Flask, file: Path, log: logging.Logger) -> None:
    from notifier.services.accounts import users

    if users.count() == 0:
        _create_demo_people(app, file)
    elif file.exists():
        log.info(f"The passwords of the demo people are in {file}.")


def _prepare_open_user(app: Flask, name: str) -> None:
    from notifier.services.accounts import users

    if not users.exists(name):
        _create_open_user(app, name)


def _create_demo_people(app: Flask, file: Path) -> None:
    from notifier import demo
    from notifier.app import complete

    complete(app)
    click.echo(demo.populate(file), nl=False)


def _create_open_user(app: Flask, name: str) -> None:
    """Create the user of the local single-user mode, without a password."""
    from notifier.app import complete
    from notifier.services.accounts import importing
    from notifier.services.accounts.person import Person

    complete(app)
    importing.put(Person(name, name=name), named=True, new=True, spare_admins=True)
