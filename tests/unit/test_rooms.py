"""Imports go one way: between rooms, and between the folders and files inside a room."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import notifier

# Left imports from right, never the other way round.
ROOMS = (
    ("web", "cli", "scheduler"),
    ("services",),
    ("realtime", "channels", "models", "database"),
    ("extensions", "metrics"),
    ("config", "errors"),
    ("setting_values",),
    ("environment", "local_token", "mail_addresses", "trust_settings"),
)
# Single files with the rank of a room.
BESIDE = {"client": "errors", "current": "errors", "logs": "metrics"}
# These put the rooms together and may import all of them; only the command line imports them.
ENTRANCES = ("__init__", "__main__", "app", "database_app", "demo", "mount", "outbox_process", "testing")

PACKAGE = Path(notifier.__file__).parent
DOCUMENTS = (PACKAGE.parent / "README.md", PACKAGE.parent / "docs/architecture.md")
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
FOREIGN_TO = {
    "realtime": {"flask", "flask_sqlalchemy", "flask_jwt_extended", "sqlalchemy", "jinja2"},
    "channels": {"flask", "flask_sqlalchemy", "flask_jwt_extended", "sqlalchemy", "gevent"},
    "models": {"flask", "jinja2", "gevent"},
    "client": {"flask", "sqlalchemy", "gevent", "pydantic", "httpx", "notifier"},
}


def test_every_module_belongs_to_a_room_and_every_room_exists() -> None:
    assert not [module for module in MODULES if room_of(module) not in ENTRANCES and rank(room_of(module)) is None]
    assert not [room for rooms in ROOMS for room in rooms if not is_module(room)]


def test_the_documents_show_the_order_of_the_rooms() -> None:
    line = " → ".join(" | ".join(rooms) for rooms in ROOMS)

    assert not [document.name for document in DOCUMENTS if line not in document.read_text()]


def test_a_module_imports_only_from_rooms_to_the_right() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in MODULES
        if room_of(module) not in ENTRANCES
        for imported in rooms_imported(module) - {room_of(module), "__init__"}  # `__init__`: the version
        if not allowed(room_of(module), imported)
    ]

    assert not wrong


def test_a_room_does_not_import_packages_foreign_to_it() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in MODULES
        for name in imports(module)
        if name.partition(".")[0] in FOREIGN_TO.get(room_of(module), ()) and not name.startswith(f"notifier.{room_of(module)}")
    ]

    assert not wrong


def test_folders_and_files_inside_a_room_do_not_import_each_other() -> None:
    circles = {room: circle for room in sorted({room_of(module) for module in MODULES}) if (circle := circle_in(room))}

    assert not circles


def test_a_circle_is_found() -> None:
    assert circle_among({"inbox": {"messages"}, "messages": {"streams"}, "streams": {"inbox"}, "web": {"inbox"}})
    assert not circle_among({"inbox": {"messages"}, "streams": {"messages", "inbox"}})


def allowed(room: str, imported: str) -> bool:
    if imported in ENTRANCES:
        return room == "cli"
    return (rank(imported) or 0) > (rank(room) or 0)


def circle_in(room: str) -> list[str]:
    """The folders and files directly inside `room` that import each other in a circle."""
    graph = defaultdict[str, set[str]](set)
    for module in MODULES:
        _, _, inside = module.removesuffix(".py").partition("/")
        if room_of(module) == room and inside:
            here = inside.partition("/")[0]
            graph[here] |= {part for part in parts_imported(module, room) if part != here}
    return circle_among(graph)


def parts_imported(module: str, room: str) -> Iterator[str]:
    for name in imports(module):
        head, _, tail = name.removeprefix("notifier.").partition(".")
        if name.startswith("notifier.") and head == room:
            part = tail.partition(".")[0]
            yield part if is_module(f"{room}/{part}") else "__init__"


def circle_among(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room_of(module: str) -> str:
    return module.removesuffix(".py").partition("/")[0]


def rank(room: str) -> int | None:
    room = BESIDE.get(room, room)
    return next((number for number, rooms in enumerate(ROOMS) if room in rooms), None)


def rooms_imported(module: str) -> set[str]:
    ours = [name.split(".") for name in imports(module) if name.partition(".")[0] == "notifier"]
    return {parts[1] if len(parts) > 1 and is_module(parts[1]) else "__init__" for parts in ours}


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
