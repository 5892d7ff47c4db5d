"""Loading what sending needs: once, in a thread, while all other greenlets go on."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import monkey

from notifier.services import loading
from notifier.services.loading import load_once


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(loading, "_loaded", set())
    yield


def test_others_go_on_meanwhile_and_it_is_loaded_once() -> None:
    loads, go_on = list[int](), threading.Event()

    def load() -> None:
        loads.append(threading.get_ident())
        assert go_on.wait(10), "no other greenlet ran"

    senders = [gevent.spawn(load_once, "a", load) for _ in range(3)]
    gevent.spawn(go_on.set)
    gevent.joinall(senders, raise_error=True)
    load_once("a", load)

    assert len(loads) == 1 and loads != [threading.get_ident()]


def test_each_import_of_the_thread_lets_others_go_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    original, pauses = monkey.get_original, list[float]()

    def noting_sleep(module: str, name: str) -> Any:
        return pauses.append if name == "sleep" else original(module, name)

    monkeypatch.setattr(monkey, "get_original", noting_sleep)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "loaded_first.py").write_text("import loaded_second")
    (tmp_path / "loaded_second.py").touch()
    finders = list(sys.meta_path)
    load_once("a", lambda: importlib.import_module("loaded_first"))
    for name in ("loaded_first", "loaded_second"):
        del sys.modules[name]

    assert pauses == [loading._PAUSE_SECONDS] * 2
    assert sys.meta_path == finders


def test_what_fails_to_load_is_loaded_again() -> None:
    answers = [ImportError("no such package"), None]

    def load() -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer

    with pytest.raises(ImportError):
        load_once("a", load)
    load_once("a", load)

    assert answers == []
