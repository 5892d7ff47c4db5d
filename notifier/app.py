"""The application factory: settings and database, tokens, streams, then the web."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_jwt_extended import JWTManager
from werkzeug.middleware.proxy_fix import ProxyFix

from notifier import database_app, web
from notifier.channels import destination, email, webpush
from notifier.channels.ports import Channel
from notifier.config import Settings
from notifier.database_app import ROOT
from notifier.realtime import file_limits
from notifier.realtime.bus import LocalBus, SilentBus
from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub, Limits
from notifier.realtime.ports import Bus
from notifier.realtime.stream_server import StreamServer
from notifier.services import rate_limits
from notifier.services.accounts.tokens import CLOCK_SKEW_SECONDS, verifying_key
from notifier.services.configured_channels import CHANNELS
from notifier.services.hints import STREAM_SERVER
from notifier.services.push import keys
from notifier.services.streams.snapshot_reader import SnapshotReader
from notifier.web.http import base_path

# In the local single-user mode all tabs are one user's, and older pages open a stream in each.
_MIN_STREAMS_OF_OPEN_USER = 20


def build(overrides: Mapping[str, Any] | None = None, *, instance: Path | None = None) -> Flask:
    """`instance`: the directory of the default database and key."""
    app = database_app.create(overrides, instance=instance)
    complete(app)
    return app


def complete(app: Flask) -> None:
    """Add tokens, streams, channels and the web to an application that has settings and a database."""
    settings: Settings = app.extensions[database_app.SETTINGS]
    _sign_tokens(app, settings)
    _start_streams(app, settings)
    _open_channels(app, settings)
    web.register(app)
    base_path.register(app)
    _trust_proxies(app, settings)


def _sign_tokens(app: Flask, settings: Settings) -> None:
    app.config.update(
        JWT_SECRET_KEY=settings.SECRET_KEY,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER="notifier",
        JWT_DECODE_ISSUER="notifier",
        JWT_ENCODE_AUDIENCE="notifier",
        JWT_DECODE_AUDIENCE="notifier",
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_CSRF_CHECK_FORM=True,
        JWT_DECODE_LEEWAY=CLOCK_SKEW_SECONDS,
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.ACCESS_TOKEN_MINUTES),
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=settings.REFRESH_DAYS),
    )
    JWTManager(app).decode_key_loader(lambda _header, _claims: verifying_key())


def _start_streams(app: Flask, settings: Settings) -> None:
    limits = Limits(
        connections=min(settings.STREAM_MAX_CONNECTIONS, file_limits.room_for_streams()),
        per_user=max(settings.STREAM_MAX_PER_USER, _MIN_STREAMS_OF_OPEN_USER if settings.OPEN_TO else 0),
        backlog_bytes=settings.STREAM_BACKLOG_BYTES,
        stale_seconds=settings.STREAM_STALE_SECONDS,
        max_age_seconds=settings.STREAM_MAX_AGE_SECONDS,
    )
    hub = Hub(limits, heartbeat_seconds=settings.HEARTBEAT_SECONDS, keepalive_seconds=settings.KEEPALIVE_SECONDS)
    feed = Feed(hub, SnapshotReader(app), poll_seconds=settings.LOOK_SECONDS, replay_limit=settings.REPLAY_LIMIT)
    app.extensions[STREAM_SERVER] = StreamServer(hub, feed, _connect_bus(app, settings, hub, feed))


def _open_channels(app: Flask, settings: Settings) -> None:
    """Set up the channels that are configured."""
    found: tuple[Channel | None, ...] = (
        email.configured(settings, ROOT / "templates" / "mail"),
        webpush.configured(settings, keys.private_key),
        destination.configured(settings),
    )
    app.extensions[CHANNELS] = {channel.name: channel for channel in found if channel is not None}


def _connect_bus(app: Flask, settings: Settings, hub: Hub, feed: Feed) -> Bus:
    """Set up what processes share, hints and rate limits.

    Redis is slow to import, so only where it is used.
    """
    if settings.BUS == "off" or not settings.REDIS_URL:
        rate_limits.register(app)
        return SilentBus() if settings.BUS == "off" else LocalBus(feed)
    from notifier.realtime.redis_bus import RedisBus
    from notifier.services.rate_limit_storage import SharedCounters

    bus = RedisBus(settings.REDIS_URL, feed, hub.topics)
    rate_limits.register(app, SharedCounters(settings.REDIS_URL, lambda: bus.up))
    return bus


def _trust_proxies(app: Flask, settings: Settings) -> None:
    if settings.TRUSTED_PROXIES:
        hops = settings.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
