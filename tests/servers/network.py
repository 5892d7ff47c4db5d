"""A network of its own for a client, joined to this machine by a cable that can be pulled. Only root may lay one."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TypeVar

_NEW_NETWORK = 0x40000000
Result = TypeVar("Result")


class Network:
    """`here` is this machine's address in it. As a context manager it is there inside, and gone after."""

    def __init__(self) -> None:
        number = random.randrange(4, 16_000) * 4
        self._name = f"notifier-{number}"
        self._near, self._far = f"vn{number}a", f"vn{number}b"
        self.here = f"10.203.{number // 256}.{number % 256 + 1}"
        self._there = f"10.203.{number // 256}.{number % 256 + 2}"

    def __enter__(self) -> Network:
        _ip("netns", "add", self._name)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self._name)
        _ip("addr", "add", f"{self.here}/30", "dev", self._near)
        _ip("link", "set", self._near, "up")
        _ip("-n", self._name, "addr", "add", f"{self._there}/30", "dev", self._far)
        _ip("-n", self._name, "link", "set", self._far, "up")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _ip("netns", "delete", self._name)

    def run(self, action: Callable[[], Result]) -> Result:
        """What `action` gives when it is done in there. Sockets it makes stay there."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: self._enter() or action()).result()  # type: ignore[func-returns-value]

    def pull(self) -> None:
        """From now on nothing gets through, in either direction, and nobody is told."""
        _ip("-n", self._name, "link", "set", self._far, "down")

    def _enter(self) -> None:
        """Of this thread only, which ends soon."""
        with Path(f"/run/netns/{self._name}").open() as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _NEW_NETWORK):
                raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")


def why_not() -> str | None:
    """Why there can be none here, or None."""
    if os.geteuid() != 0:
        return "only root may make networks"
    return None if shutil.which("ip") else "no `ip` (iproute2) on PATH"


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
