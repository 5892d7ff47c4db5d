"""API keys: create, rotate, revoke."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.errors import FieldError, Invalid, NotFound, invalid
from notifier.services.accounts import api_keys
from notifier.web.admin.layout import (
    PAGE_SIZE,
    blueprint,
    claim_form_key,
    confirmation,
    current_admin,
    number_argument,
    render_admin_page,
    text_field,
)
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor

_STORE_IT = "Store it where only the program that uses it can read it."


@blueprint.get("/keys")
def keys() -> str:
    return _render_list(current_admin())


@blueprint.post("/keys")
def create_key() -> str | Response:
    visitor, user = current_admin(), text_field("user")
    try:
        claim_form_key(visitor)
        secret = _create(text_field("name"), user or None, request.form.getlist("scope"), _words("audience"), _words("types"))
    except Invalid as refusal:
        return make_response(_render_list(visitor, refusal), refusal.status)
    return _render_secret(visitor, f"The key {text_field('name')} was created", secret)


@blueprint.post("/keys/<uuid:public_id>/rotate")
def rotate_key(public_id: UUID) -> str | Response:
    visitor, key = current_admin(), api_keys.get(str(public_id))
    text = "The key gets a new secret, which is shown once. The old secret stops working at once, and streams opened with it end."
    if page := confirmation(visitor, f"Rotate the key {key.name}?", text, "Rotate", back=url_for(".keys")):
        return page
    claim_form_key(visitor)
    return _render_secret(visitor, f"The key {key.name} has a new secret", api_keys.rotate(str(public_id)))


@blueprint.post("/keys/<uuid:public_id>/revoke")
def revoke_key(public_id: UUID) -> str | Response:
    visitor, key = current_admin(), api_keys.get(str(public_id))
    text = "The key stops working at once, for good, and streams opened with it end. Messages sent with it stay."
    if page := confirmation(visitor, f"Revoke the key {key.name}?", text, "Revoke", back=url_for(".keys")):
        return page
    api_keys.revoke(str(public_id))
    return redirect_to(url_for(".keys", done="revoked"))


def _render_list(visitor: Visitor, refusal: Invalid | None = None) -> str:
    given = {"name": request.form.get("name", ""), "for_user": request.form.get("user", "")}
    given |= {name: request.form.get(name, "") for name in ("audience", "types")}
    scopes = request.form.getlist("scope") if request.method == "POST" else ["send"]
    start, every = number_argument("start") or 0, api_keys.listing()
    end = start + PAGE_SIZE
    listed = {"keys": every[start:end], "start": start, "following": end if len(every) > end else None}
    return render_admin_page("keys.html", visitor, refusal, scopes=scopes, mark=api_keys.KEY_PREFIX, **listed, **given)


def _words(name: str) -> list[str]:
    """The terms or types in a field, with commas or spaces between them."""
    return text_field(name, max_length=4000).replace(",", " ").split()


def _create(name: str, user: str | None, scopes: list[str], audience: list[str], types: list[str]) -> str:
    try:
        return api_keys.create(name, user=user, scopes=scopes, audience=audience, types=types)
    except Invalid as refusal:  # a form shows an error at the field, not at a word of it
        errors = tuple(FieldError(error.field.partition("[")[0], error.detail) for error in refusal.errors)
        raise Invalid(refusal.detail, errors=errors) from None
    except NotFound as refusal:
        raise invalid("user", refusal.detail) from None


def _render_secret(visitor: Visitor, title: str, secret: str) -> str:
    return render_admin_page("secret.html", visitor, title=title, label="Key", secret=secret, text=_STORE_IT, next=url_for(".keys"))
