"""How many streams the operating system leaves room for: each is a descriptor, and a process without any left can not even refuse."""

from __future__ import annotations

import resource

# What the program itself has open (databases, logs, epolls), and a hundred requests at once.
_OTHERS = 150
_PLENTY = 1_048_576


def allow_all() -> None:
    """Raises this process's limit as far as it may: what a shell gives is a tenth of what a server needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _PLENTY if hard == resource.RLIM_INFINITY else min(hard, _PLENTY)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def room_for_streams() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _PLENTY if soft == resource.RLIM_INFINITY else max(1, soft - _OTHERS)
