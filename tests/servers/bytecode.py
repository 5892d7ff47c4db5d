"""The bytecode of Python programs that tests start."""

from __future__ import annotations

import atexit
import functools
import shutil
import sys
import tempfile


@functools.cache
def shared_bytecode() -> dict[str, str]:
    """Let programs share a cache where Python may not write one: compiling all libraries takes seconds. Returns variables for them."""
    if not sys.dont_write_bytecode:
        return {}
    place = tempfile.mkdtemp(prefix="notifier-bytecode-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": place}
