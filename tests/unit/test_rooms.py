"""Imports go one way: from room to room, and between the folders inside a room."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import notifier

ORDER = (
    ("web", "cli", "scheduler"),
    ("services",),
    ("realtime", "channels", "models", "database"),
    ("extensions", "metrics"),
    ("config", "errors"),
)
# Single files that are on the step of a room.
BESIDE = {"client": "errors", "logs": "metrics"}
# What assembles the rooms may import all of them; only the command line imports it.
ENTRANCES = ("__init__", "__main__", "app", "demo")

PACKAGE = Path(notifier.__file__).parent
DOCUMENTS = (PACKAGE.parent / "README.md", PACKAGE.parent / "docs" / "architecture.md")
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
FOREIGN_TO = {
    "realtime": ("flask", "flask_sqlalchemy", "flask_jwt_extended", "sqlalchemy", "jinja2"),
    "models": ("flask", "jinja2", "gevent"),
    "client": ("flask", "sqlalchemy", "gevent", "pydantic", "notifier"),
}


def room_of(module: str) -> str:
    return module.removesuffix(".py").partition("/")[0]


def test_every_module_is_in_a_room() -> None:
    assert not [module for module in MODULES if room_of(module) not in ENTRANCES and step(room_of(module)) is None]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_show_the_order_of_the_rooms(document: Path) -> None:
    assert " → ".join(" | ".join(rooms) for rooms in ORDER) in document.read_text()


def test_modules_import_only_from_rooms_to_their_right() -> None:
    wrong = []
    for module in MODULES:
        here = room_of(module)
        if here in ENTRANCES:
            continue
        for imported in rooms_imported(module) - {here, "__init__"}:  # `__init__` has the version
            allowed = here == "cli" if imported in ENTRANCES else (step(imported) or 0) > (step(here) or 0)
            wrong += [] if allowed else [f"{module} imports {imported}"]

    assert not wrong


@pytest.mark.parametrize("room", ["services", "web"])
def test_folders_of_a_room_do_not_import_each_other(room: str) -> None:
    imported: dict[str, set[str]] = {}
    for module in MODULES:
        if room_of(module) == room:
            imported.setdefault(folder_of(module), set()).update(folders_imported(module))

    TopologicalSorter(imported).prepare()  # raises CycleError with the folders of a circle


def test_rooms_do_not_import_foreign_packages() -> None:
    wrong = []
    for module in MODULES:
        own = f"notifier.{room_of(module)}"
        packages = {name.partition(".")[0] for name in imports(module) if not name.startswith(own)}
        wrong += [f"{module} imports {package}" for package in packages.intersection(FOREIGN_TO.get(room_of(module), ()))]

    assert not wrong


def step(room: str) -> int | None:
    room = BESIDE.get(room, room)
    return next((number for number, rooms in enumerate(ORDER) if room in rooms), None)


def rooms_imported(module: str) -> set[str]:
    own = [name.split(".") for name in imports(module) if name.partition(".")[0] == "notifier"]
    return {parts[1] if len(parts) > 1 and is_module(parts[1]) else "__init__" for parts in own}


def folder_of(module: str) -> str:
    return module.removesuffix(".py").split("/")[1]


def folders_imported(module: str) -> set[str]:
    parts = [name.split(".") for name in imports(module)]
    return {names[2] for names in parts if names[:2] == ["notifier", room_of(module)] and len(names) > 2} - {folder_of(module)}


def is_module(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def imports(module: str) -> Iterator[str]:
    """The dotted names of everything that `module` imports, also inside functions and for types only."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
