"""Rules build the URLs that werkzeug's own would, and are compiled when the first is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from notifier import create_app
from tests.servers.notifier import SECRET_KEY

QUERY = {"rule": "a b", "self": "ü&", "several": ["1", "2"]}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app({"DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('rules')}/none.db", "SECRET_KEY": SECRET_KEY})


def sample(converter: object) -> object:
    match converter:
        case IntegerConverter():
            return 7
        case UUIDConverter():
            return UUID(int=7)
        case AnyConverter():
            return min(converter.items)
    return "a/é"


def test_each_rule_builds_the_url_that_werkzeug_builds(app: Flask) -> None:
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 200
    for rule in rules:
        for append_unknown in (True, False):
            build = Rule._compile_builder(rule, append_unknown).__get__(rule, None)
            asked: dict[str, Any] = {name: sample(converter) for name, converter in rule._converters.items()} | QUERY
            assert [rule.build(asked, append_unknown) for _ in range(2)] == [build(**asked)] * 2


def test_no_url_is_compiled_before_it_is_built(tmp_path: Path) -> None:
    with patch.object(Rule, "_compile_builder", autospec=True, side_effect=Rule._compile_builder) as compile_builder:
        app = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/none.db", "SECRET_KEY": SECRET_KEY})
        compiled = compile_builder.call_count
        with app.test_request_context():
            assert app.url_for("login.page") == app.url_for("login.page")
    assert compiled <= 2, "those of the route that Flask adds itself"
    assert compile_builder.call_count == compiled + 1
