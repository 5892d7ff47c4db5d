"""URL rules that compile the function which builds their URL when it is first called.

werkzeug compiles two for each rule when it is added, most of which are never called: nine tenths of the time that setting up the
application took, 80 ms of processor time at each start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

_Builder = Callable[..., tuple[str, str]]


def register(app: Flask) -> None:
    """To be called before routes are registered."""
    app.url_rule_class = _Rule


class _Rule(Rule):
    def _compile_builder(self, append_unknown: bool = True) -> _Builder:
        compile_now = super()._compile_builder

        def build(rule: _Rule, /, **values: Any) -> tuple[str, str]:
            builder: _Builder = compile_now(append_unknown).__get__(rule, None)
            if append_unknown:
                rule._build_unknown = builder
            else:
                rule._build = builder
            return builder(**values)

        return build
