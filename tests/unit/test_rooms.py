"""The one-way stairs: a room imports only from rooms further down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import notifier

STAIRS = (
    ("web", "cli", "scheduler"),
    ("services",),
    ("realtime", "channels", "models"),
    ("database",),
    ("extensions", "metrics"),
    ("config", "errors"),
)
# Single files that stand on the step of a room.
BESIDE = {"client": "errors", "logs": "metrics"}
# What puts the rooms together may import all of them; only the command line asks for it.
ENTRANCES = ("__init__", "__main__", "app", "demo")

PACKAGE = Path(notifier.__file__).parent
README = PACKAGE.parent / "README.md"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
FOREIGN_TO = {
    "realtime": ("flask", "flask_sqlalchemy", "flask_jwt_extended", "sqlalchemy", "jinja2"),
    "models": ("flask", "jinja2", "gevent"),
    "client": ("flask", "sqlalchemy", "gevent", "pydantic", "notifier"),
}


def room_of(module: str) -> str:
    return module.removesuffix(".py").partition("/")[0]


def test_every_module_has_its_step() -> None:
    assert not [module for module in MODULES if room_of(module) not in ENTRANCES and step(room_of(module)) is None]


def test_the_readme_shows_the_stairs() -> None:
    assert " → ".join(" | ".join(rooms) for rooms in STAIRS) in README.read_text()


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) not in ENTRANCES])
def test_a_module_imports_only_from_below(module: str) -> None:
    here = room_of(module)
    for imported in rooms_imported(module) - {here}:
        if imported == "__init__":
            continue  # the version
        if imported in ENTRANCES:
            assert here == "cli", f"{module} imports {imported}"
        else:
            assert (step(imported) or 0) > (step(here) or 0), f"{module} imports {imported}"


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) in FOREIGN_TO])
def test_a_room_does_not_know_what_is_foreign_to_it(module: str) -> None:
    own = f"notifier.{room_of(module)}"
    known = {name.partition(".")[0] for name in imports(module) if not name.startswith(own)}

    assert known.isdisjoint(FOREIGN_TO[room_of(module)])


def step(room: str) -> int | None:
    room = BESIDE.get(room, room)
    return next((number for number, rooms in enumerate(STAIRS) if room in rooms), None)


def rooms_imported(module: str) -> set[str]:
    ours = [name.split(".") for name in imports(module) if name.partition(".")[0] == "notifier"]
    return {parts[1] if len(parts) > 1 and is_module(parts[1]) else "__init__" for parts in ours}


def is_module(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def imports(module: str) -> Iterator[str]:
    """The dotted names of all that `module` imports, also inside functions and for types only."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
