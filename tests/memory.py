"""Temporary files of a run of tests, in memory where there is room, and what its processes share.

A new database of PostgreSQL has three hundred files: on a disk it takes a third of a second of processor time, in memory a twentieth.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

_PLACE = Path("/dev/shm")
_PREFIX = "notifier-tests-"
_NEEDED_BYTES = 3 * 2**30


def temporary_files_in_memory() -> None:
    """Make a directory for all files of this run and its processes, which is removed at its end.

    Set `TMPDIR` to choose another place, and to keep them. Directories of runs that were killed are removed.
    """
    if "TMPDIR" in os.environ or not _has_room():
        return
    for directory in _PLACE.glob(f"{_PREFIX}*-*"):
        if not psutil.pid_exists(int(directory.name.removeprefix(_PREFIX).partition("-")[0])):
            shutil.rmtree(directory, ignore_errors=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_PLACE))
    directory.chmod(0o755)  # PostgreSQL runs as another user
    os.environ["TMPDIR"] = tempfile.tempdir = str(directory)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)


def _has_room() -> bool:
    """Whether there is more room than the tests have ever needed."""
    return os.access(_PLACE, os.W_OK) and min(shutil.disk_usage(_PLACE).free, psutil.virtual_memory().available) > _NEEDED_BYTES


def once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the file or directory `name` of this run, which the first process that asks for it makes."""
    place = directory_of_run() / name
    with open(f"{place}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            unfinished = Path(f"{place}.unfinished")
            make(unfinished)
            unfinished.rename(place)
    return place


@functools.cache
def directory_of_run() -> Path:
    """Return the directory of this run, or make one of this process where there is none."""
    chosen = Path(tempfile.gettempdir())
    if chosen.name.startswith(_PREFIX):
        return chosen
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    made.chmod(0o755)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
