"""A network namespace for a client, joined to this machine by a link that can be cut. Needs root."""

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
    """A context manager: creates the namespace and removes it. `here`: the address of this machine in it."""

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
        """Run `action` inside the namespace and return its result. Sockets it opens stay in the namespace."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: self._enter() or action()).result()  # type: ignore[func-returns-value]

    def cut(self) -> None:
        """Cut the link: packets are lost in both directions, without a RST or an ICMP error."""
        _ip("-n", self._name, "link", "set", self._far, "down")

    def _enter(self) -> None:
        """Enter the namespace, in the current thread only, which ends soon."""
        with Path(f"/run/netns/{self._name}").open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _NEW_NETWORK):
                raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")


def missing_requirement() -> str | None:
    """Return why this machine cannot have one, or None if it can."""
    if os.geteuid() != 0:
        return "only root may make networks"
    return None if shutil.which("ip") else "no `ip` (iproute2) on PATH"


def _ip(*args: str) -> None:
    done = subprocess.run(["ip", *args], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(args)}: {done.stderr}"
