"""Compiled templates, which the processes of a run share: compiling all pages takes half a second of processor time."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache


def share_compiled_templates(directory: Path) -> None:
    """Keep what applications of this process compile in `directory`, under the checksum of its source."""
    directory.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(directory))}
