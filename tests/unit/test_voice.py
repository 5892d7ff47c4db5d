"""Docstrings use plain words, and the glossary names every event and status."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import notifier
from notifier.models.notification import Status

PACKAGE = Path(notifier.__file__).parent
GLOSSARY = (PACKAGE.parent / "docs/architecture.md").read_text()
# Idiom that a reader has to translate.
AVOIDED = re.compile(
    r"\b(?:told|said|says|stands|bears|anew|whoever|somebody|nobody|doors?|words|things?)\b"
    r"|\bof ours\b|\b(?:the|a|an|each|every|next|last|this) look\b",
    re.IGNORECASE,
)
LONGEST_FIRST_LINE = 95
MODULES = sorted(PACKAGE.rglob("*.py"))
EVENT_SOURCES = (*sorted((PACKAGE / "web/events").glob("*.py")), PACKAGE / "realtime/safe_rendering.py")


def test_docstrings_avoid_idiom() -> None:
    assert not [f"{where}: {found}" for where, text in docstrings() if (found := AVOIDED.findall(text))]


def test_the_first_line_of_a_docstring_is_short() -> None:
    assert not [where for where, text in docstrings() if len(text.partition("\n")[0]) > LONGEST_FIRST_LINE]


def test_idiom_is_found_and_plain_words_are_not() -> None:
    assert AVOIDED.findall("What nobody was told of, by the look alone.") == ["nobody", "told", "the look"]
    assert not AVOIDED.findall("Something that outdoor passwords look like, notwithstanding.")


def test_the_glossary_lists_every_event() -> None:
    written = {name for path in EVENT_SOURCES for name in events(ast.parse(path.read_text()))}

    assert len(written) > 8
    assert not written - listed("Events on user streams") - listed("On session streams") - listed("On the streams of older systems")


def test_the_glossary_lists_every_status() -> None:
    assert listed("Statuses of a notification") == set(Status)


def docstrings() -> Iterator[tuple[str, str]]:
    """(file and line, text) of the docstrings of the package."""
    for path in MODULES:
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield f"{name}:{node.body[0].lineno}", text


def events(module: ast.Module) -> Iterator[str]:
    """The names of events in `encode(…, event="name")`, in assignments to `event`, and in bytes."""
    constants = {ast.unparse(node.targets[0]): node.value for node in module.body if isinstance(node, ast.Assign)}
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "event":
            value = constants.get(ast.unparse(node.value), node.value)
            if isinstance(value, ast.Constant) and value.value:
                yield str(value.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            yield from re.findall(r"^event: ([a-z]+)$", node.value.decode(errors="replace"), re.MULTILINE)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            for target, value in zip(node.targets[0].elts, node.value.elts, strict=True):
                if isinstance(target, ast.Name) and target.id == "event" and isinstance(value, ast.Constant):
                    yield str(value.value)


def listed(heading: str) -> set[str]:
    """The names in backticks after `heading`, up to the end of the sentence."""
    _, _, rest = GLOSSARY.partition(f"{heading}: ")
    return set(re.findall(r"`([a-z]+)`", rest.partition(".")[0]))
