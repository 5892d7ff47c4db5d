"""Settings: an invalid one stops the start with its name, its value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.config import PREFIX, SECRET_SETTINGS, SettingError, Settings, load
from tests.cases import failures

LONG = "x" * 32

ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----"""

_OIDC = {"OIDC_ISSUER": "https://id.example.com", "OIDC_CLIENT_ID": "notifier", "OIDC_CLIENT_SECRET": "secret"}
NEEDS = {
    "OIDC_ISSUER": _OIDC,
    "OIDC_CLIENT_ID": _OIDC,
    "OIDC_CLIENT_SECRET": _OIDC,
    "PASSWORD_SIGN_IN": _OIDC,
    "MAIL_URL": {"PUBLIC_URL": "https://notify.example.com"},
    "TRUSTED_ISSUER": {"TRUSTED_SECRET": LONG},
    "TRUSTED_SECRET": {"TRUSTED_ISSUER": "https://app.example.com"},
    "TRUSTED_PUBLIC_KEY": {"TRUSTED_ISSUER": "https://app.example.com"},
    "TRUSTED_JWKS_URL": {"TRUSTED_ISSUER": "https://app.example.com"},
}
"""Settings that mean nothing without another."""

GOOD = {
    "DATABASE_URL": ("postgresql+psycopg://notifier@localhost/notifier", "postgresql+psycopg://notifier@localhost/notifier"),
    "REDIS_URL": ("rediss://redis.example:6380/1", "rediss://redis.example:6380/1"),
    "BUS": ("off", "off"),
    "SECRET_KEY": (LONG, LONG),
    "SECRET_KEY_PREVIOUS": (LONG, LONG),
    "HEARTBEAT_SECONDS": ("0.5", 0.5),
    "KEEPALIVE_SECONDS": ("86400", 86400.0),
    "LOOK_SECONDS": ("0.05", 0.05),
    "STREAM_MAX_PER_USER": ("1", 1),
    "STREAM_MAX_CONNECTIONS": ("1", 1),
    "STREAM_BACKLOG_BYTES": ("4096", 4096),
    "STREAM_STALE_SECONDS": ("86400", 86400),
    "STREAM_MAX_AGE_SECONDS": ("604800", 604_800),
    "INBOX_MAX": ("20000", 20_000),
    "RETENTION_DAYS": ("1", 1),
    "REFRESH_DAYS": ("0.5", 0.5),
    "REPLAY_LIMIT": ("100000", 100000),
    "ACCESS_TOKEN_MINUTES": ("0.05", 0.05),
    "CORS_ORIGINS": ("https://app.example.com,http://localhost:3000", "https://app.example.com,http://localhost:3000"),
    "ENABLE_SSE_NOTIFICATIONS": ("false", False),
    "LOGIN_RATE": ("off", "off"),
    "STREAM_RATE": ("1/second", "1/second"),
    "SEND_RATE": ("5000/hour", "5000/hour"),
    "MAIL_URL": ("smtp://user:secret@mail.example:587", "smtp://user:secret@mail.example:587"),
    "MAIL_FROM": ("Notify <notify@example.com>", "Notify <notify@example.com>"),
    "MAIL_RATE": ("off", "off"),
    "PUBLIC_URL": ("https://notify.example.com/", "https://notify.example.com"),
    "PUSH_CONTACT": ("mailto:ops@example.com", "mailto:ops@example.com"),
    "PUSH_AFTER_SECONDS": ("0.5", 0.5),
    "OUTBOX_SENDERS": ("0", 0),
    "OUTBOX_RETRY_HOURS": ("0.5", 0.5),
    "ALLOW_PRIVATE_TARGETS": ("true", True),
    "ALLOW_PRIVATE_PUSH": ("true", True),
    "DB_POOL_SIZE": ("1000", 1000),
    "METRICS_TOKEN": (LONG, LONG),
    "TRUSTED_PROXIES": ("10", 10),
    "SITE_URL": ("https://app.example.com/coach/", "https://app.example.com/coach"),
    "SITE_NAME": ("Coach & Co", "Coach & Co"),
    "ACCENT": ("#0a7d55", "#0a7d55"),
    "BASE_PATH": ("/sub/path/", "/sub/path"),
    "IMAGE_ORIGINS": ("https://cdn.example.com", "https://cdn.example.com"),
    "TRUSTED_ISSUER": ("https://app.example.com", "https://app.example.com"),
    "TRUSTED_AUDIENCE": ("bell", "bell"),
    "TRUSTED_SECRET": (LONG, LONG),
    "TRUSTED_PUBLIC_KEY": (ED25519.replace("\n", "\\n"), ED25519),
    "TRUSTED_JWKS_URL": ("https://app.example.com/jwks.json", "https://app.example.com/jwks.json"),
    "OIDC_ISSUER": ("https://id.example.com", "https://id.example.com"),
    "OIDC_CLIENT_ID": ("notifier", "notifier"),
    "OIDC_CLIENT_SECRET": ("secret", "secret"),
    "OIDC_NAME": ("Example", "Example"),
    "OIDC_ADMIN_GROUP": ("admins", "admins"),
    "OIDC_LINK_BY_NAME": ("true", True),
    "PASSWORD_SIGN_IN": ("false", False),
    "OPEN_TO": ("alice", "alice"),
    "LOG_PROBES": ("true", True),
    "DEMO": ("1", True),
}

WRONG = [
    ("DATABASE_URL", "mysql://root@localhost/notifier", "postgresql+psycopg://"),
    ("DATABASE_URL", "postgresql://localhost/notifier", "postgresql+psycopg://"),
    ("DATABASE_URL", "sqlite://", "sqlite:///FILE"),
    ("DATABASE_URL", "notifier.db", "sqlite:///FILE"),
    ("REDIS_URL", "localhost:6379", "redis://"),
    ("REDIS_URL", "redis://", "redis://"),
    ("REDIS_URL", "http://localhost:6379", "redis://"),
    ("BUS", "on", "'auto' or 'off'"),
    ("SECRET_KEY", "x" * 31, "at least 32"),
    ("SECRET_KEY", "change-me", "at least 32"),
    ("SECRET_KEY_PREVIOUS", "x" * 31, "at least 32"),
    ("METRICS_TOKEN", "short", "at least 32"),
    ("HEARTBEAT_SECONDS", "0", "0.05"),
    ("HEARTBEAT_SECONDS", "half a minute", "number"),
    ("KEEPALIVE_SECONDS", "86401", "86400"),
    ("LOOK_SECONDS", "nan", "number"),
    ("LOOK_SECONDS", "inf", "number"),
    ("STREAM_MAX_PER_USER", "0", "1"),
    ("STREAM_MAX_CONNECTIONS", "1.5", "integer"),
    ("STREAM_BACKLOG_BYTES", "4095", "4096"),
    ("STREAM_STALE_SECONDS", "-1", "1"),
    ("STREAM_MAX_AGE_SECONDS", "-1", "0"),
    ("CORS_ORIGINS", "*", "exact origins"),
    ("CORS_ORIGINS", "https://*.example.com", "exact origins"),
    ("CORS_ORIGINS", "https://app.example.com/", "exact origins"),
    ("CORS_ORIGINS", "https://app.example.com, https://b.example.com", "exact origins"),
    ("CORS_ORIGINS", "null", "exact origins"),
    ("ENABLE_SSE_NOTIFICATIONS", "perhaps", "boolean"),
    ("REPLAY_LIMIT", "100001", "100000"),
    ("INBOX_MAX", "0", "1"),
    ("RETENTION_DAYS", "0", "1"),
    ("REFRESH_DAYS", "366", "365"),
    ("ACCESS_TOKEN_MINUTES", "0", "0"),
    ("ACCESS_TOKEN_MINUTES", "1441", "1440"),
    ("LOGIN_RATE", "10", "N/minute"),
    ("LOGIN_RATE", "0/minute", "N/minute"),
    ("LOGIN_RATE", "-1/minute", "N/minute"),
    ("STREAM_RATE", "²/minute", "N/minute"),
    ("STREAM_RATE", "10/day", "N/hour"),
    ("SEND_RATE", "many", "off"),
    ("MAIL_URL", "mail.example:587", "smtp://USER:PASSWORD@HOST:587"),
    ("MAIL_URL", "http://mail.example", "smtp://USER:PASSWORD@HOST:587"),
    ("MAIL_URL", "smtp://hunter2@mail.example", "a user and a password"),
    ("MAIL_URL", "smtp://mail.example:port", "smtp://USER:PASSWORD@HOST:587"),
    ("MAIL_URL", "smtps://mail.example?tls=off", "?tls=off"),
    ("MAIL_FROM", "notifier", "NAME <ADDRESS>"),
    ("MAIL_RATE", "10", "N/minute"),
    ("PUBLIC_URL", "notify.example.com", "http(s)://HOST"),
    ("PUSH_CONTACT", "ops@example.com", "mailto:ADDRESS"),
    ("PUSH_AFTER_SECONDS", "-1", "0"),
    ("OUTBOX_SENDERS", "-1", "0"),
    ("OUTBOX_RETRY_HOURS", "0", "0.1"),
    ("ALLOW_PRIVATE_TARGETS", "perhaps", "boolean"),
    ("ALLOW_PRIVATE_PUSH", "perhaps", "boolean"),
    ("DB_POOL_SIZE", "0x10", "integer"),
    ("TRUSTED_PROXIES", "11", "10"),
    ("SITE_URL", "app.example.com", "http(s)://HOST"),
    ("SITE_URL", "https://app.example.com/?a=1", "http(s)://HOST"),
    ("SITE_NAME", "x" * 41, "40"),
    ("ACCENT", "red", "#3f51c9"),
    ("BASE_PATH", "sub", "a path such as"),
    ("BASE_PATH", "/a/../b", "a path such as"),
    ("IMAGE_ORIGINS", "https://cdn.example.com/pictures", "exact origins"),
    ("TRUSTED_ISSUER", "notifier", "this server's own tokens"),
    ("TRUSTED_AUDIENCE", "x" * 256, "255"),
    ("TRUSTED_SECRET", "short", "at least 32"),
    ("TRUSTED_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----", "PEM"),
    ("TRUSTED_JWKS_URL", "http://app.example.com/jwks.json", "https://"),
    ("OIDC_ISSUER", "http://id.example.com", "https://"),
    ("OIDC_CLIENT_ID", "x" * 256, "255"),
    ("OIDC_CLIENT_SECRET", "x" * 1025, "1024"),
    ("OIDC_NAME", "x" * 61, "60"),
    ("OIDC_ADMIN_GROUP", "x" * 256, "255"),
    ("OIDC_LINK_BY_NAME", "perhaps", "boolean"),
    ("PASSWORD_SIGN_IN", "perhaps", "boolean"),
    ("OPEN_TO", "x" * 65, "64"),
    ("LOG_PROBES", "perhaps", "boolean"),
    ("DEMO", "perhaps", "boolean"),
]


def test_every_setting_has_a_good_and_a_wrong_value_here() -> None:
    assert set(GOOD) == {name for name, _, _ in WRONG} == set(Settings.model_fields)


def test_a_setting_comes_from_the_environment(instance: Path) -> None:
    def check(name: str) -> None:
        written, meant = GOOD[name]
        environ = {PREFIX + each: value for each, value in (NEEDS.get(name, {}) | {name: written}).items()}
        assert getattr(load(instance=instance, environ=environ), name) == meant

    assert failures(Settings.model_fields, check) == []


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_an_unset_setting_has_its_default(blank: str | None, instance: Path) -> None:
    def check(name: str) -> None:
        environ = {} if blank is None else {PREFIX + name: blank}
        assert getattr(load(instance=instance, environ=environ), name) == Settings.model_fields[name].default

    assert failures(sorted(set(Settings.model_fields) - {"DATABASE_URL", "SECRET_KEY"}), check) == []


def test_a_wrong_value_is_refused_with_its_name_and_what_is_allowed(instance: Path) -> None:
    def check(case: tuple[str, str, str]) -> None:
        name, value, allowed = case
        with pytest.raises(SettingError) as refusal:
            load(instance=instance, environ={PREFIX + name: value})
        text = str(refusal.value)
        assert PREFIX + name in text and allowed in text
        assert (repr(value) in text) == (name not in SECRET_SETTINGS)

    assert failures(WRONG, check) == []


def test_mail_needs_the_public_address(instance: Path) -> None:
    with pytest.raises(SettingError, match=r"^NOTIFIER_PUBLIC_URL is required with MAIL_URL"):
        load(instance=instance, environ={"NOTIFIER_MAIL_URL": "smtp://mail.example"})


def test_trust_has_exactly_one_key_and_an_issuer(instance: Path) -> None:
    secret, address = {"NOTIFIER_TRUSTED_SECRET": LONG}, {"NOTIFIER_TRUSTED_JWKS_URL": "https://app.example.com/jwks.json"}
    issuer = {"NOTIFIER_TRUSTED_ISSUER": "https://app.example.com"}

    with pytest.raises(SettingError, match="TRUSTED_SECRET and TRUSTED_JWKS_URL are set at once"):
        load(instance=instance, environ=secret | address | issuer)
    with pytest.raises(SettingError, match=r"^NOTIFIER_TRUSTED_ISSUER is required with TRUSTED_SECRET"):
        load(instance=instance, environ=secret)
    with pytest.raises(SettingError, match="NOTIFIER_TRUSTED_ISSUER needs one of"):
        load(instance=instance, environ=issuer)
    for own in ("NOTIFIER_SECRET_KEY", "NOTIFIER_SECRET_KEY_PREVIOUS"):
        with pytest.raises(SettingError, match="must differ from SECRET_KEY"):
            load(instance=instance, environ=secret | issuer | {own: LONG})


def test_all_wrong_values_are_named_at_once(instance: Path) -> None:
    with pytest.raises(SettingError, match=r"NOTIFIER_BUS.*NOTIFIER_REPLAY_LIMIT"):
        load(instance=instance, environ={"NOTIFIER_BUS": "on", "NOTIFIER_REPLAY_LIMIT": "0"})


def test_overrides_win_over_the_environment(instance: Path) -> None:
    assert load({"REPLAY_LIMIT": 7}, instance=instance, environ={"NOTIFIER_REPLAY_LIMIT": "8"}).REPLAY_LIMIT == 7


def test_an_unknown_name_is_refused_with_the_known_names(instance: Path) -> None:
    with pytest.raises(SettingError, match=r"NOTIFIER_HEARTBEAT is not a setting.*HEARTBEAT_SECONDS"):
        load({"HEARTBEAT": 5}, instance=instance, environ={})


def test_without_an_address_the_database_is_a_file_beside_the_key(instance: Path) -> None:
    settings = load(instance=instance, environ={})

    assert f"sqlite:///{instance}/notifier.db" == settings.DATABASE_URL
    assert settings.sqlite


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"
