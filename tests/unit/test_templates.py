"""Templates escape every value, and hold no inline script, whatever the security policy permits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notifier.database_app import ROOT
from notifier.web.pages import joined_files

TEMPLATES = Path(ROOT) / "templates"
FILES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|\bhx-on|javascript:", re.IGNORECASE)
PATH = re.compile(r"\b(?:href|src|(?:form)?action|hx-\w+|data-[\w-]+)=[\"']/")
UNQUOTED = re.compile(r"=\s*\{\{")


@pytest.mark.security("S6")
def test_only_html_files_are_escaped_by_themselves() -> None:
    text_of_mails = re.compile(r"mail/\w+\.txt")
    assert FILES and [file for file in FILES if not (file.endswith(".html") or text_of_mails.fullmatch(file))] == []


@pytest.mark.security("S6")
def test_no_template_marks_text_safe() -> None:
    assert with_a(UNESCAPED) == []


@pytest.mark.security("S8")
def test_no_page_has_inline_script_or_style() -> None:
    # A mail can link to no style sheet, so its layout holds one.
    assert with_a(INLINE) == [("mail/_layout.html", ["<style"])]


@pytest.mark.security("S7")
def test_attribute_values_are_quoted() -> None:
    assert with_a(UNQUOTED) == []


def with_a(pattern: re.Pattern[str]) -> list[tuple[str, list[str]]]:
    """The templates in which the pattern occurs, and where."""
    found = [(file, pattern.findall((TEMPLATES / file).read_text())) for file in FILES]
    return [(file, places) for file, places in found if places]


@pytest.mark.security("S6")
def test_no_code_declares_text_safe() -> None:
    package = Path(ROOT) / "notifier"

    assert not [path.name for path in package.rglob("*.py") if re.search(r"\bMarkup\(|render_template_string", path.read_text())]


def test_no_path_is_hard_coded() -> None:
    scripts = (Path(ROOT) / "static" / "js").rglob("*.js")
    found = [name for name, _ in with_a(PATH)]
    found += [path.name for path in scripts if re.search(r"[\"'`]/\w", path.read_text())]

    assert found == []


def test_every_style_sheet_is_loaded_and_exists() -> None:
    pages = "\n".join((TEMPLATES / name).read_text() for name in FILES)
    joined = {part for parts in joined_files.STYLES.values() for part in parts}

    assert set(re.findall(r"[\"']([\w-]+\.css)[\"']", pages)) == set(joined_files.STYLES)
    assert joined == {path.stem for path in (Path(ROOT) / "static" / "css").iterdir()}
