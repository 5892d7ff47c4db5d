"""Settings, read once when the application is created.

They come from the environment (`NOTIFIER_` + name), secrets also from the file named by `NOTIFIER_` + name + `_FILE`.
An invalid value stops the start with its name, its value and what is allowed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from notifier import setting_values, trust_settings
from notifier.environment import PREFIX, SECRET_SETTINGS, SettingError, stored_secret, value_of

__all__ = ["PREFIX", "SECRET_SETTINGS", "SettingError", "Settings", "load"]


Rate = Annotated[str, AfterValidator(setting_values.rate)]
Secret = Annotated[str, AfterValidator(setting_values.long_enough), Field(repr=False)]
Seconds = Annotated[float, Field(ge=0.05, le=86_400)]


class Settings(BaseModel):
    """All settings. A test keeps the table in the README equal to this one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    DATABASE_URL: Annotated[str, AfterValidator(setting_values.database_url), Field(repr=False)] = Field(
        "", description="SQLite under `instance/`, or `postgresql+psycopg://…`"
    )
    REDIS_URL: Annotated[str, AfterValidator(setting_values.redis_url), Field(repr=False)] = Field(
        "", description="`redis://…` (Redis or Valkey) carries hints between processes; without it they poll once a second"
    )
    BUS: Literal["auto", "off"] = Field("auto", description="`off`: no hints, only the poll every `LOOK_SECONDS`")
    SECRET_KEY: Secret = Field("", description="signs tokens; made and kept in `instance/` on loopback, required elsewhere")
    SECRET_KEY_PREVIOUS: Secret = Field("", description="the key before, while tokens that it signed are still in use")
    HEARTBEAT_SECONDS: Seconds = Field(30, description="named `heartbeat` events on streams")
    KEEPALIVE_SECONDS: Seconds = Field(15, description="a comment goes out after so long without a byte")
    LOOK_SECONDS: Seconds = Field(1, description="how often a process polls the database for changes without a hint")
    STREAM_MAX_PER_USER: int = Field(3, ge=1, description="open streams of one user in one process")
    STREAM_MAX_CONNECTIONS: int = Field(20_000, ge=1, description="open streams in one process")
    STREAM_BACKLOG_BYTES: int = Field(262_144, ge=4096, description="unsent bytes after which a slow client is closed")
    STREAM_STALE_SECONDS: int = Field(30, ge=1, le=86_400, description="a peer that acknowledges nothing for so long is closed")
    STREAM_MAX_AGE_SECONDS: int = Field(
        0, ge=0, le=604_800, description="age at which a stream is asked to reconnect, give or take a fifth; `0`: never"
    )
    INBOX_MAX: int = Field(1000, ge=1, le=20_000, description="notifications kept per inbox; the oldest make room")
    RETENTION_DAYS: int = Field(90, ge=1, le=36_500, description="age at which notifications are removed")
    REPLAY_LIMIT: int = Field(1000, ge=1, le=100_000, description="changes that are replayed to a stream; beyond that it gets a `reset`")
    ACCESS_TOKEN_MINUTES: float = Field(30, gt=0, le=1440, description="life of an access token")
    REFRESH_DAYS: float = Field(30, gt=0, le=365, description="life of a sign-in that is not used")
    CORS_ORIGINS: Annotated[str, AfterValidator(setting_values.origins)] = Field(
        "", description="exact origins of other sites whose pages may call the API, commas between"
    )
    SITE_URL: Annotated[str, AfterValidator(setting_values.site_url)] = Field(
        "", description="your application, to which paths in `actions` and `image_url` belong; without it this server"
    )
    SITE_NAME: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        "notifier", description="the name in the header and in the titles of pages"
    )
    ACCENT: Annotated[str, AfterValidator(setting_values.colour)] = Field(
        "", description="the accent colour of pages, as `#3f51c9`; without it the colours of the program"
    )
    BASE_PATH: Annotated[str, AfterValidator(setting_values.base_path)] = Field(
        "", description="the path below which a proxy serves this server, such as `/notifications`"
    )
    IMAGE_ORIGINS: Annotated[str, AfterValidator(setting_values.origins)] = Field(
        "", description="exact origins whose images pages show, commas between; images of others are links"
    )
    ENABLE_SSE_NOTIFICATIONS: bool = Field(True, description="`false`: no streams, pages poll; admins switch it at run time too")
    LOGIN_RATE: Rate = Field("10/minute", description="failed sign-ins per account and per address")
    STREAM_RATE: Rate = Field("120/minute", description="streams opened per user")
    SEND_RATE: Rate = Field("600/minute", description="sends per sender")
    MAIL_URL: Annotated[str, AfterValidator(setting_values.mail_url), Field(repr=False)] = Field(
        "", description="`smtp://USER:PASSWORD@HOST:587` or `smtps://…` sends e-mail; with STARTTLS, but on loopback or with `?tls=off`"
    )
    MAIL_FROM: Annotated[str, AfterValidator(setting_values.mail_from)] = Field(
        "", description="sender of e-mail, `ADDRESS` or `NAME <ADDRESS>`; without it `SITE_NAME <notifier@HOST>` of `PUBLIC_URL`"
    )
    MAIL_RATE: Rate = Field("10/second", description="e-mails sent")
    PUBLIC_URL: Annotated[str, AfterValidator(setting_values.site_url)] = Field(
        "", description="this server as its users reach it, for links in e-mail; required with `MAIL_URL`"
    )
    PUSH_CONTACT: Annotated[str, AfterValidator(setting_values.push_contact)] = Field(
        "", description="`mailto:ADDRESS` of who runs this server, for push services; turns on browser push"
    )
    PUSH_AFTER_SECONDS: float = Field(
        10, ge=0, le=86_400, description="a push is sent for what is still unseen after so long; for what is urgent at once"
    )
    OUTBOX_SENDERS: int = Field(4, ge=0, le=100, description="deliveries a process sends at once; `0`: only `notifier outbox run` sends")
    OUTBOX_RETRY_HOURS: float = Field(24, ge=0.1, le=720, description="age at which a delivery that could not be sent is given up")
    ALLOW_PRIVATE_TARGETS: bool = Field(
        False, description="`true`: webhooks and destinations, which admins enter, may go to private addresses, there also by `http://`"
    )
    ALLOW_PRIVATE_PUSH: bool = Field(
        False, description="`true`: so may push, to addresses that users enter; only where they may reach your network anyway"
    )
    DB_POOL_SIZE: int = Field(10, ge=1, le=1000, description="database connections of one process")
    METRICS_TOKEN: Secret = Field("", description="opens `/metrics` to callers from other machines")
    TRUSTED_PROXIES: int = Field(0, ge=0, le=10, description="reverse proxies in front whose `X-Forwarded-*` counts")
    TRUSTED_ISSUER: Annotated[str, AfterValidator(trust_settings.issuer)] = Field(
        "", description="the `iss` of tokens that your application signs for its users; with one of the three keys below"
    )
    TRUSTED_AUDIENCE: str = Field("notifier", min_length=1, max_length=255, description="the `aud` of these tokens")
    TRUSTED_SECRET: Secret = Field("", description="they are signed with this secret (HS256)")
    TRUSTED_PUBLIC_KEY: Annotated[str, AfterValidator(trust_settings.public_key)] = Field(
        "", description="they are signed with the private half of this key in PEM (RS256, ES256 or EdDSA, by its kind)"
    )
    TRUSTED_JWKS_URL: Annotated[str, AfterValidator(trust_settings.web_address)] = Field(
        "", description="they are signed with one of the keys at this `https://` address"
    )
    OIDC_ISSUER: Annotated[str, AfterValidator(trust_settings.provider)] = Field(
        "", description="sign in through this OpenID Connect provider, an `https://` address; with the two below"
    )
    OIDC_CLIENT_ID: str = Field("", max_length=255, description="the id of this server at the provider")
    OIDC_CLIENT_SECRET: str = Field(
        "", max_length=1024, repr=False, description="its secret; the provider returns users to `/login/oidc/callback`"
    )
    OIDC_NAME: str = Field("", max_length=60, description="the provider's name on the button; without it the name of its host")
    OIDC_ADMIN_GROUP: str = Field(
        "", max_length=255, description="users of this group of the provider are admins, all others of the provider are not"
    )
    OIDC_LINK_BY_NAME: bool = Field(False, description="`true`: a user of the same name is the same; only where users cannot choose names")
    PASSWORD_SIGN_IN: bool = Field(True, description="`false`: nobody signs in with a password")
    OPEN_TO: str = Field(
        "", max_length=64, description="local single-user mode: on loopback, requests without credentials act as this user"
    )
    LOG_PROBES: bool = Field(False, description="log requests of `/healthz`, `/readyz` and `/metrics` too")
    DEMO: bool = Field(False, description="create demo users in an empty database")

    @model_validator(mode="after")
    def _links_in_mail(self) -> Self:
        if self.MAIL_URL and not self.PUBLIC_URL:
            raise ValueError("PUBLIC_URL is required with MAIL_URL: the address of this server, such as https://notify.example.com")
        return self

    @model_validator(mode="after")
    def _one_way_to_trust(self) -> Self:
        keys = (self.TRUSTED_SECRET, self.TRUSTED_PUBLIC_KEY, self.TRUSTED_JWKS_URL)
        trust_settings.check(self.TRUSTED_ISSUER, keys, (self.SECRET_KEY, self.SECRET_KEY_PREVIOUS))
        return self

    @model_validator(mode="after")
    def _provider(self) -> Self:
        given = [name for name in trust_settings.OIDC_SETTINGS if getattr(self, name)]
        if given and len(given) < len(trust_settings.OIDC_SETTINGS):
            raise ValueError(f"{given[0]} needs {' and '.join(name for name in trust_settings.OIDC_SETTINGS if name not in given)}")
        if given and find_spec("authlib") is None:
            raise ValueError("OIDC_ISSUER needs the packages of an extra: pip install 'notifier-server[oidc]'")
        if not (self.PASSWORD_SIGN_IN or self.OIDC_ISSUER or self.TRUSTED_ISSUER):
            raise ValueError("PASSWORD_SIGN_IN=false needs OIDC_ISSUER or TRUSTED_ISSUER: nobody could sign in")
        return self

    @model_validator(mode="after")
    def _open_only_here(self) -> Self:
        if self.OPEN_TO and self.TRUSTED_PROXIES:
            raise ValueError("OPEN_TO serves only this machine, and excludes TRUSTED_PROXIES")
        return self

    @property
    def sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.DATABASE_URL.startswith("sqlite")


def load(overrides: Mapping[str, Any] | None = None, *, instance: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`, with `overrides` on top.

    `instance`: the directory of the default database and key.
    """
    values: dict[str, Any] = {name: value_of(environ, name) for name in Settings.model_fields}
    values = {name: value for name, value in values.items() if value is not None} | dict(overrides or {})
    values = values | {"DATABASE_URL": values.get("DATABASE_URL") or f"sqlite:///{instance / 'notifier.db'}"}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as errors:
        raise SettingError("; ".join(_explain(error) for error in errors.errors())) from None
    if settings.SECRET_KEY:
        return settings
    return settings.model_copy(update={"SECRET_KEY": stored_secret(instance / "secret_key")})


def _explain(error: Any) -> str:
    if not error["loc"]:
        return f"{PREFIX}{error['msg'].removeprefix('Value error, ')}"
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{PREFIX}{name} is not a setting; there are: {', '.join(Settings.model_fields)}"
    shown = "(not shown)" if name in SECRET_SETTINGS else repr(error["input"])
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{PREFIX}{name}={shown} is not allowed: {message}"
