"""The README and `.env.example` list the settings that the program has, with their defaults."""

from __future__ import annotations

import re
from pathlib import Path

from notifier.config import Settings
from notifier.environment import SECRET_SETTINGS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ROW = re.compile(r"\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|")


def test_the_readme_lists_all_settings() -> None:
    assert documented() == [(name, shown(field.default), field.description) for name, field in Settings.model_fields.items()]


def test_the_readme_names_the_settings_that_may_come_from_a_file() -> None:
    sentence, _, _ = README.read_text().partition("also from a file")

    assert set(re.findall(r"`([A-Z_]+)`", sentence.rpartition(";")[2])) == SECRET_SETTINGS


def test_env_example_has_every_setting_with_its_default() -> None:
    listed = re.findall(r"^#NOTIFIER_([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert listed == [(name, shown(field.default)) for name, field in Settings.model_fields.items()]


def documented() -> list[object]:
    _, _, table = README.read_text().partition("| setting | default | meaning |\n| --- | --- | --- |\n")
    rows = table.partition("\n\n")[0].splitlines()
    return [(match[1], match[2] or "", match[3]) if (match := ROW.fullmatch(row)) else row for row in rows]


def shown(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)
