"""Keys that may send only to some terms, or only some types."""

from __future__ import annotations

from notifier.services.accounts import api_keys, users
from notifier.services.messages.send import Draft
from notifier.services.sessions import people
from notifier.services.sessions.drafts import Move, NewSession
from notifier.web.auth.callers import Caller

_SESSION = "session"
"""The type to allow for sessions that name no type of their own."""


def refuse_message(sender: Caller, draft: Draft) -> None:
    """Raise `Forbidden` if the caller's key may not send `draft`."""
    if sender.key is None or not (sender.key.audience or sender.key.types):
        return
    terms = draft.terms if draft.user_id is None else [_term_of(draft.user_id, sender.key.audience)]
    api_keys.refuse_beyond(sender.key, terms, draft.type)


def refuse_session(sender: Caller, new: NewSession) -> None:
    """Raise `Forbidden` if the caller's key may not notify the owner and the viewers of `new`."""
    if sender.key is not None:
        owner = new.owner or (sender.key.account.name if sender.key.account else None)
        named = ([owner] if owner is not None else []) + new.viewers
        api_keys.refuse_beyond(sender.key, [people.term(name) for name in named], new.type or _SESSION)


def refuse_move(sender: Caller, move: Move) -> None:
    """Raise `Forbidden` if the caller's key may not send the type that a session ends with."""
    if sender.key is not None and move.type is not None:
        api_keys.refuse_beyond(sender.key, [], move.type)


def _term_of(user_id: str, audience: tuple[str, ...]) -> str:
    """The term of a recipient by id: `id:SUBJECT` if the key has it, else `user:NAME`."""
    by_subject = f"id:{user_id}"
    account = users.by_public_id(user_id) if by_subject not in audience else None
    return by_subject if account is None else f"user:{account.name}"
