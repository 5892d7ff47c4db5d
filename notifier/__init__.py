"""notifier: real-time in-app notifications for server-rendered web applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.2.0"


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Create the WSGI application.

    `config` overrides settings by name without prefix: `{"DATABASE_URL": "…"}`.
    Raises `notifier.config.SettingError` for an invalid value.
    """
    # Imported here: gunicorn's master imports this package for the worker class, before gevent has patched.
    from notifier.app import build

    return build(config)
