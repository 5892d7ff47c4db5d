"""Register every `/api/…` route a second time under `/api/v1/…`, the name of its version."""

from __future__ import annotations

from flask import Flask

_PLAIN, _VERSIONED = "/api/", "/api/v1/"
_BY_FLASK = {"HEAD", "OPTIONS"}


def register(app: Flask) -> None:
    """To be called when all other routes are registered.

    The route of an older system that has such a path already keeps it.
    """
    rules = list(app.url_map.iter_rules())
    taken = {rule.rule for rule in rules}
    for rule in rules:
        versioned = _VERSIONED + rule.rule.removeprefix(_PLAIN)
        if rule.rule.startswith(_PLAIN) and not rule.rule.startswith(_VERSIONED) and versioned not in taken:
            app.add_url_rule(versioned, rule.endpoint, methods=(rule.methods or set()) - _BY_FLASK)
