"""Change, set and reset the passwords of users, which ends their sign-ins."""

from __future__ import annotations

from dataclasses import replace

from notifier.errors import invalid
from notifier.models import User
from notifier.services.accounts import passwords, users
from notifier.services.accounts.users import Account


def change_password(account: Account, old: str, new: str) -> Account:
    """Change a password and end all sign-ins and tokens of the user. Returns the account after it.

    Raises `Invalid` naming the password that is wrong, or was replaced while it was verified.
    """
    wrong = invalid("old", "is not your password")
    known = users.authenticate(account.name, old)
    if known is None or known.id != account.id:
        raise wrong
    passwords.refuse_guessable(new, account.name, field="new")
    hash_ = passwords.hashed(new, field="new")
    if not users.change_and_end_sign_ins(known, "password.changed", {"password_hash": hash_}, User.token_version == known.token_version):
        raise wrong
    return replace(known, token_version=known.token_version + 1)


def set_password(account: Account, password: str) -> None:
    """Give a user another password, which ends all of their sign-ins.

    Raises `Invalid` for one that is too short or easily guessed.
    """
    passwords.refuse_guessable(password, account.name)
    users.change_and_end_sign_ins(account, "password.set", {"password_hash": passwords.hashed(password)})


def reset_password(account: Account) -> str:
    """Set a generated password and return it, the only time that it is shown.

    Ends all sign-ins of the user.
    """
    password = passwords.generated()
    users.change_and_end_sign_ins(account, "password.reset", {"password_hash": passwords.hashed(password)})
    return password
