"""The addresses of the API under the name of its version: what answers under `/api/…` does so under `/api/v1/…`."""

from __future__ import annotations

from flask import Flask

_PLAIN, _VERSIONED = "/api/", "/api/v1/"
_BY_FLASK = {"HEAD", "OPTIONS"}


def register(app: Flask) -> None:
    """Called when all doors stand. An older door that has the address already keeps it."""
    rules = list(app.url_map.iter_rules())
    taken = {rule.rule for rule in rules}
    for rule in rules:
        versioned = _VERSIONED + rule.rule.removeprefix(_PLAIN)
        if rule.rule.startswith(_PLAIN) and not rule.rule.startswith(_VERSIONED) and versioned not in taken:
            app.add_url_rule(versioned, rule.endpoint, methods=(rule.methods or set()) - _BY_FLASK)
