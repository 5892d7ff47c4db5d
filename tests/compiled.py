"""What applications compile: templates, and rules of URLs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

_COMPILED = ("_parts", "_trace", "_converters")


def share_compiled(directory: Path) -> None:
    """Share templates by files in `directory`, which other processes share too, and rules of URLs within this process."""
    _share_templates(directory)
    _share_rules()


def _share_templates(directory: Path) -> None:
    """Keep what is compiled under the checksum of its source. Compiling all pages takes half a second of processor time."""
    directory.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(directory))}


def _share_rules() -> None:
    """Compile each rule once, as all applications have the same converters.

    Each has over two hundred of them: two thirds of the 45 ms of processor time that setting it up takes.
    """
    compile_now = Rule.compile
    compiled: dict[tuple[Any, ...], tuple[list[Any], set[str]]] = {}

    def compile(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes)
        if key not in compiled:
            compile_now(rule)
            compiled[key] = [getattr(rule, name) for name in _COMPILED], {name for is_argument, name in rule._trace if is_argument}
            return
        values, arguments = compiled[key]
        for name, value in zip(_COMPILED, values, strict=True):
            setattr(rule, name, value)
        rule.arguments |= arguments
        rule._build = rule._compile_builder(False).__get__(rule, None)
        rule._build_unknown = rule._compile_builder(True).__get__(rule, None)

    Rule.compile = compile  # type: ignore[method-assign, assignment]
