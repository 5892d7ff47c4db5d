"""Limits on file descriptors, of which each stream needs one.

A process without any left cannot even refuse a connection.
"""

from __future__ import annotations

import resource

# For databases, logs and epolls, and for a hundred requests at once.
_RESERVED_DESCRIPTORS = 150
_MAX_DESCRIPTORS = 1_048_576


def allow_all() -> None:
    """Raise the soft limit of this process to the hard one.

    A shell's default is a tenth of what a server needs.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def room_for_streams() -> int:
    """How many streams the limit leaves room for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_DESCRIPTORS if soft == resource.RLIM_INFINITY else max(1, soft - _RESERVED_DESCRIPTORS)
