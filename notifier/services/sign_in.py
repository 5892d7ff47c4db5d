"""Signing in with a password, slowed down for those who guess."""

from __future__ import annotations

from notifier.services import accounts
from notifier.services.accounts import Account
from notifier.services.rates import rates
from notifier.services.words import name_key

_RATE = "LOGIN_RATE"


def attempt(name: str, password: str, address: str) -> Account | None:
    """The account, or None for a wrong name or password, both alike. Raises `TooMany`.

    Failures count against the address, and against the account. An account under attack stays open to addresses that have not
    failed on it themselves, so that nobody can lock its owner out. Counted before the password is checked, and given back when it
    is right: guesses made at the same moment all count.
    """
    counter, account = rates(), name_key(name)
    counter.count(_RATE, "address", address)
    if counter.used(_RATE, "account", account, address):
        counter.check(_RATE, "account", account)
    counter.count(_RATE, "account", account, address)
    counted = [("address", address), ("account", account, address)]
    found = accounts.authenticate(name, password)
    if found is None:
        counter.note(_RATE, "account", account)
        return None
    for who in counted:
        counter.give_back(_RATE, *who)
    return found
