"""The list of schemes against the sources of Apprise: each service speaks by `requests` alone, and every such module is guarded."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import requests
from apprise.manager_plugins import NotificationManager

from notifier.channels.destination import services
from notifier.channels.destination.schemes import ALLOWED

# What opens connections, starts programs or threads, or loads what does.
OTHER_WAYS = {
    *(
        "socket",
        "ssl",
        "smtplib",
        "http",
        "urllib.request",
        "ftplib",
        "asyncio",
        "threading",
        "concurrent",
        "subprocess",
        "multiprocessing",
    ),
    *(
        "ctypes",
        "tempfile",
        "urllib3",
        "httpx",
        "aiohttp",
        "websocket",
        "websockets",
        "paho",
        "slixmpp",
        "pika",
        "proton",
        "smpplib",
        "gntp",
    ),
    *("dbus", "gi", "syslog", "win32api", "hid", "requests_oauthlib", "apprise.utils.socket", "apprise.utils.http"),
}
GUARDED = {"RequestException", "codes", "exceptions", "get", "post", "put", "delete", "request", "auth", "Session"}


def test_each_scheme_is_of_a_service_that_uses_requests_alone() -> None:
    services.load()
    manager = cast(Any, NotificationManager)()
    unknown = [scheme for scheme in sorted(ALLOWED) if scheme not in manager]
    wrong = {scheme: sorted(found) for scheme in sorted(ALLOWED - set(unknown)) if (found := _other_ways(manager[scheme]))}

    assert not unknown and not wrong
    assert _other_ways(manager["mailto"]) and _other_ways(manager["mqtt"]) and _other_ways(manager["nostr"])


def test_their_modules_use_of_requests_what_is_guarded() -> None:
    services.load()
    manager = cast(Any, NotificationManager)()
    used = {name for scheme in ALLOWED for module in _modules(manager[scheme]) for name in _used(module)}

    assert used <= GUARDED and {"post", "request"} <= used


def test_no_module_of_apprise_has_the_true_requests() -> None:
    services.load()
    found = [module for name, module in sys.modules.items() if name.startswith("apprise.")]

    assert len(found) > 180 and "apprise.attachment.http" in sys.modules
    assert not [module.__name__ for module in found if requests in vars(module).values()]


def _other_ways(service: type) -> set[str]:
    found = {name for module in _modules(service) for name in _imports(module)}
    return {name for name in found if name in OTHER_WAYS or name.partition(".")[0] in OTHER_WAYS} | ({"no requests"} - _marks(found))


def _marks(found: set[str]) -> set[str]:
    return {"no requests"} if "requests" in found else set()


def _modules(service: type) -> Iterator[ModuleType]:
    """The module of a service, those of its bases, and those beside it in a folder of its own."""
    names = {base.__module__ for base in service.__mro__ if base.__module__.startswith("apprise.plugins.")} - {"apprise.plugins.base"}
    folders = {name.rpartition(".")[0] for name in names} - {"apprise.plugins"}
    for name, module in list(sys.modules.items()):
        if name in names or name.rpartition(".")[0] in folders:
            yield module


def _imports(module: ModuleType) -> Iterator[str]:
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            yield ".".join(part for part in (base, node.module) if part)


def _used(module: ModuleType) -> Iterator[str]:
    """The attributes of `requests` that a module reads."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "requests":
            yield node.attr


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text())
