"""The signing key, read without the application as the application reads it."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask

from notifier import config, environment
from notifier.environment import SettingError, instance_directory, signing_key

KEY = "only-for-tests-only-for-tests-only-for-tests"


def test_instance_directory_is_flasks() -> None:
    assert str(instance_directory()) == Flask("notifier").instance_path


@pytest.mark.parametrize(
    ("package", "prefix", "directory"),
    [
        ("/srv/app/notifier", "/srv/app/.venv", "/srv/app/instance"),
        ("/opt/venv/lib/python3.11/site-packages/notifier", "/opt/venv", "/opt/venv/var/notifier-instance"),
        ("/home/me/.local/lib/python3.11/site-packages/notifier", "/usr", "/home/me/.local/var/notifier-instance"),
        ("/usr/src/app/notifier", "/usr", "/usr/var/notifier-instance"),
    ],
)
def test_instance_directory_of_each_kind_of_installation(package: str, prefix: str, directory: str) -> None:
    with patch.object(environment, "__file__", f"{package}/environment.py"), patch.object(sys, "prefix", prefix):
        assert str(instance_directory()) == directory


@pytest.mark.parametrize("given", [{"NOTIFIER_SECRET_KEY": f" {KEY}\n"}, {}], ids=["given", "stored"])
def test_signing_key_is_the_servers(given: dict[str, str], tmp_path: Path) -> None:
    with patch.object(environment, "instance_directory", lambda: tmp_path):
        assert signing_key(given) == config.load(instance=tmp_path, environ=given).SECRET_KEY


def test_short_signing_key_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingError, match="at least 32") as refusal:
        signing_key({"NOTIFIER_SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refusal.value)
