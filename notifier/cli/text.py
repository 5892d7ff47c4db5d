"""Text from arguments and standard input, where any byte may come."""

from __future__ import annotations

import sys

import click


def is_text(argument: str) -> bool:
    """Whether an argument was UTF-8.

    Python keeps other bytes as lone surrogates, which no server takes.
    """
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(argument: str) -> str:
    """Replace the bytes of an argument that are not UTF-8 by U+FFFD."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def from_stdin() -> str:
    """Read standard input to its end. Raises `UsageError` for bytes that are not UTF-8."""
    return _decoded(sys.stdin.buffer.read())


def line_from_stdin() -> str:
    """Read one line of standard input. Raises `UsageError` for bytes that are not UTF-8."""
    return _decoded(sys.stdin.buffer.readline()).rstrip("\r\n")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError("standard input is not UTF-8") from None
