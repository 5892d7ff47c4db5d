"""The application with cheap hashes of passwords, for generated requests: a hundred sign in or change a password, for 100 ms each."""

from __future__ import annotations

from notifier import create_app
from notifier.services.accounts import passwords
from tests.people import CHEAP_HASHER

passwords._hasher, passwords._DUMMY_HASH = CHEAP_HASHER, CHEAP_HASHER.hash("no password")
app = create_app()
