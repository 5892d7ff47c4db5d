"""Secrets: from the environment, from a file, or created on first use; never shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from notifier.config import SECRET_SETTINGS, SettingError, load

KEY = "only-for-tests-only-for-tests-only-for-tests"


@pytest.mark.parametrize("name", ["METRICS_TOKEN", "SECRET_KEY"])
def test_a_secret_is_read_from_its_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(f"{KEY}\n")

    settings = load(instance=tmp_path, environ={f"NOTIFIER_{name}_FILE": str(tmp_path / "kept")})

    assert getattr(settings, name) == KEY


@pytest.mark.parametrize(("name", "address"), [("DATABASE_URL", "sqlite:////srv/notifier.db"), ("REDIS_URL", "redis://:hunter2@redis/1")])
def test_an_address_is_read_from_its_file(name: str, address: str, tmp_path: Path) -> None:
    (tmp_path / "address").write_text(f"{address}\n")

    settings = load(instance=tmp_path, environ={f"NOTIFIER_{name}_FILE": str(tmp_path / "address")})

    assert getattr(settings, name) == address


@pytest.mark.parametrize("name", sorted(SECRET_SETTINGS))
def test_a_secret_given_twice_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(KEY)

    with pytest.raises(SettingError, match=f"NOTIFIER_{name} and NOTIFIER_{name}_FILE are both set"):
        load(instance=tmp_path, environ={f"NOTIFIER_{name}": KEY, f"NOTIFIER_{name}_FILE": str(tmp_path / "kept")})


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_refused_with_its_name(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingError, match=f"NOTIFIER_SECRET_KEY_FILE='{file}' cannot be read"):
        load(instance=tmp_path, environ={"NOTIFIER_SECRET_KEY_FILE": str(file)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("METRICS_TOKEN", "hunter2"),
        ("REDIS_URL", "http://:hunter2@localhost/1"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/notifier"),
        ("DATABASE_URL", "postgresql+psycopg://root:hunter2@localhost:port/notifier"),
    ],
)
@pytest.mark.security("S24")
def test_a_wrong_secret_is_not_shown(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refusal:
        load(instance=tmp_path, environ={f"NOTIFIER_{name}": value})

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_settings_show_no_secret(tmp_path: Path) -> None:
    address = "postgresql+psycopg://root:hunter2@localhost/notifier"
    settings = load({"DATABASE_URL": address, "SECRET_KEY": KEY, "METRICS_TOKEN": KEY[::-1]}, instance=tmp_path, environ={})

    assert not [secret for secret in ("hunter2", KEY, KEY[::-1]) if secret in repr(settings)]


def test_a_key_is_created_and_kept(tmp_path: Path) -> None:
    first = load(instance=tmp_path, environ={}).SECRET_KEY
    second = load(instance=tmp_path, environ={}).SECRET_KEY

    assert first == second
    assert len(first) >= 32


def test_each_installation_creates_its_own_key(tmp_path: Path) -> None:
    here, there = (load(instance=tmp_path / name, environ={}).SECRET_KEY for name in ("here", "there"))

    assert here != there


@pytest.mark.security("S24")
def test_a_created_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    load(instance=tmp_path, environ={})

    (kept,) = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_given_key_is_not_stored(tmp_path: Path) -> None:
    load(instance=tmp_path, environ={"NOTIFIER_SECRET_KEY": KEY})

    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")

    with pytest.raises(SettingError, match="is empty"):
        load(instance=tmp_path, environ={"NOTIFIER_SECRET_KEY_FILE": str(tmp_path / "empty")})
