"""Keys for programs: what they may do, when they were used, and new secrets for them."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, NotFound, invalid
from notifier.services.accounts import api_keys
from notifier.web.admin.layout import ROWS, an_admin, blueprint, desk, number_of, question, text_of, use_up
from notifier.web.pages.layout import Visitor, to

_KEEP = "Keep it where its program can read it and nobody else."


@blueprint.get("/keys")
def keys() -> str:
    return _keys(an_admin())


@blueprint.post("/keys")
def create_key() -> str | Response:
    looking, user = an_admin(), text_of("user")
    try:
        use_up(looking)
        key = _created(text_of("name"), user or None, request.form.getlist("scope"))
    except Invalid as refusal:
        return make_response(_keys(looking, refusal), refusal.status)
    return _secret(looking, f"The key {text_of('name')} is made", key)


@blueprint.post("/keys/<uuid:public_id>/rotate")
def rotate_key(public_id: UUID) -> str | Response:
    looking, key = an_admin(), api_keys.get(str(public_id))
    text = "It gets a new secret, which you see once. The old one, and the streams it opened, end at once."
    if asked := question(looking, f"Rotate the key {key.name}?", text, "Rotate", back=url_for(".keys")):
        return asked
    use_up(looking)
    return _secret(looking, f"The key {key.name} has a new secret", api_keys.rotate(str(public_id)))


@blueprint.post("/keys/<uuid:public_id>/revoke")
def revoke_key(public_id: UUID) -> str | Response:
    looking, key = an_admin(), api_keys.get(str(public_id))
    text = "It ends at once, for good, with the streams it opened. What it has sent stays."
    if asked := question(looking, f"Revoke the key {key.name}?", text, "Revoke", back=url_for(".keys")):
        return asked
    api_keys.revoke(str(public_id))
    return to(url_for(".keys", done="revoked"))


def _keys(looking: Visitor, refusal: Invalid | None = None) -> str:
    given = {"name": request.form.get("name", ""), "for_user": request.form.get("user", "")}
    chosen = request.form.getlist("scope") if request.method == "POST" else ["send"]
    start, every = number_of("start") or 0, api_keys.listing()
    listed = {"keys": every[start : start + ROWS], "start": start, "following": start + ROWS if len(every) > start + ROWS else None}
    return desk("keys.html", looking, refusal, chosen=chosen, mark=api_keys.MARK, **listed, **given)


def _created(name: str, user: str | None, scopes: list[str]) -> str:
    try:
        return api_keys.create(name, user=user, scopes=scopes)
    except NotFound as refusal:
        raise invalid("user", refusal.detail) from None


def _secret(looking: Visitor, title: str, key: str) -> str:
    return desk("secret.html", looking, title=title, label="Key", secret=key, text=_KEEP, there=url_for(".keys"))
