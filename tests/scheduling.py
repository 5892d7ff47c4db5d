"""Which tests run in one process, and in what order.

The tests of a file run in one process. So do those of all files whose tests share a server: it is started once, which takes two seconds
of processor time.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from importlib import import_module
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

_WAITING = {"browser", "chaos", "contract", "delivery", "faults", "package"}


class ByServer(LoadGroupScheduling):  # type: ignore[misc]
    """With `--dist loadgroup`: tests without a group are grouped by their file."""

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByServer:
    return ByServer(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests by server; run slow files first, then those that mostly wait.

    The quick ones fill the gaps, and no worker process is left with a slow file at the end.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, not _WAITING.intersection(item.path.parts)))
    sharing = {item.path: item for item in items if _shares_server(item)}
    for item in items:
        if item.path in sharing and item.path not in slow:
            item.add_marker(pytest.mark.xdist_group(_server(item)))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect no garbage while tests are collected: next to nothing of that is ever freed, and looking for it took a third of the time.

    Afterwards rarely: it took 6 % of the processor time.
    """
    gc.disable()
    try:
        _import_own_share(session.config)
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(20_000)


def _import_own_share(config: pytest.Config) -> None:
    """Compile a share of the files in each process. All would compile all of a fresh clone at the same time, which takes 3 s in each."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is None or config.args_source != config.ArgsSource.TESTPATHS:
        return
    number, processes = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    names = sorted(
        ".".join(file.relative_to(config.rootpath).with_suffix("").parts) for file in (config.rootpath / "tests").rglob("test_*.py")
    )
    for name in names[number::processes]:
        import_module(name)


def _shares_server(item: pytest.Item) -> bool:
    """Whether the test runs on a server that others use too: not with settings of its module, and not to be damaged."""
    assert isinstance(item, pytest.Function)
    return "site" in item.fixturenames and "faults" not in item.path.parts and not {"settings", "program"} & vars(item.module).keys()


def _server(item: pytest.Item) -> str:
    """Name the group: the files of the browser, which are too many for one process, by halves."""
    folder = item.path.parent.name
    if folder == "browser":
        return "browser-a-m" if item.path.stem < "test_n" else "browser-n-z"
    return folder if folder == "contract" else "server"
