"""Unknown settings are named with the nearest known one, and never refused."""

from __future__ import annotations

import pytest

from notifier.config import Settings
from notifier.environment import warnings

KUBERNETES = {
    "NOTIFIER_SERVICE_HOST": "10.0.0.7",
    "NOTIFIER_SERVICE_PORT_HTTP": "80",
    "NOTIFIER_PORT": "tcp://10.0.0.7:80",
    "NOTIFIER_PORT_80_TCP_ADDR": "10.0.0.7",
    "NOTIFIER_METRICS_SERVICE_HOST": "10.0.0.8",
    "NOTIFIER_METRICS_PORT_80_TCP": "tcp://10.0.0.8:80",
}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("NOTIFIER_DATABSE_URL", "NOTIFIER_DATABSE_URL is not a setting: did you mean NOTIFIER_DATABASE_URL?"),
        ("NOTIFIER_SECRET_FILE", "NOTIFIER_SECRET_FILE is not a setting: did you mean NOTIFIER_SECRET_KEY_FILE?"),
        ("NOTIFIER_XYZZY", "NOTIFIER_XYZZY is not a setting"),
        ("NOTIFIER_PORT", "NOTIFIER_PORT is not a setting"),
        ("NOTIFIER_\udcff", r"NOTIFIER_\udcff is not a setting"),
    ],
)
def test_unknown_setting_is_named_with_the_nearest(name: str, line: str) -> None:
    (found,) = warnings({name: "1", "NOTIFIER_DEMO": "1", "PATH": "/bin"}, Settings.model_fields)

    assert found.startswith(line)


def test_settings_files_and_variables_of_clients_and_of_kubernetes_are_passed_over() -> None:
    known = {f"NOTIFIER_{name}": "" for name in Settings.model_fields} | {"NOTIFIER_SECRET_KEY_FILE": "", "NOTIFIER_API_KEY": ""}

    assert warnings(known | KUBERNETES, Settings.model_fields) == []
