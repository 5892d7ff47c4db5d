"""What tests do many times, made cheap in this process: templates and hashes of passwords. Servers do it as ever."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from unittest.mock import patch

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from notifier.services.accounts import passwords
from tests.people import CHEAP_HASHER


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A hash takes 0.1 ms, and not 100."""
    with patch.multiple(passwords, _hasher=CHEAP_HASHER, _DUMMY_HASH=CHEAP_HASHER.hash("no password")):
        yield


class Templates(BytecodeCache):
    """The compiled templates of all applications."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


def compile_templates_once() -> None:
    """Compile each template once in this process, and not for each application: that takes a third of a second for all pages."""
    Flask.jinja_options = {"bytecode_cache": Templates()}
