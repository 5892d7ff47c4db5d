"""Categories: create, change, retire, sort types into them, reset users to the default."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, NotFound
from notifier.models.category import OTHER
from notifier.services.preferences import category_admin
from notifier.services.preferences.category_admin import FIELDS
from notifier.web.admin.layout import blueprint, confirmation, current_admin, render_admin_page, text_field
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.preferences import LABELS, VALUES
from notifier.web.pages.visitor import Visitor

_NUMBERS = ("wait_minutes", "loud_per_hour", "keep_days", "place")


@blueprint.get("/categories")
def categories() -> str:
    return _render_list(current_admin())


@blueprint.post("/categories")
def create_category() -> str | Response:
    visitor = current_admin()
    try:
        wanted = category_admin.draft({"slug": text_field("slug")} | _form())
        category_admin.create(wanted)
    except Invalid as refusal:
        return make_response(_render_list(visitor, refusal), refusal.status)
    return redirect_to(url_for(".category", slug=wanted.slug, done="created"))


@blueprint.post("/categories/sort")
def sort_type() -> Response:
    """Put a type that belongs nowhere yet into a category."""
    visitor = current_admin()
    try:
        found = category_admin.one(text_field("slug"))
        category_admin.change(found.slug, {"types": [*found.types, text_field("type")]})
    except (Invalid, NotFound) as refusal:
        return make_response(_render_list(visitor, refusal), refusal.status)
    return redirect_to(url_for(".categories", done="sorted"))


@blueprint.get("/categories/<slug>")
def category(slug: str) -> str:
    return _render_one(current_admin(), slug)


@blueprint.post("/categories/<slug>")
def change_category(slug: str) -> str | Response:
    visitor = current_admin()
    try:
        category_admin.change(slug, _form())
    except Invalid as refusal:
        return make_response(_render_one(visitor, slug, refusal), refusal.status)
    return redirect_to(url_for(".category", slug=slug, done="saved"))


@blueprint.post("/categories/<slug>/reset")
def reset_category(slug: str) -> str | Response:
    visitor, found = current_admin(), category_admin.one(slug)
    count = category_admin.choosers(slug)
    text = f"{count} user{'' if count == 1 else 's'} chose something else for “{found.label}”. Their choices are removed."
    title, back = "Reset everybody to this default?", url_for(".category", slug=slug)
    if page := confirmation(visitor, title, text, f"Reset {count}", back=back):
        return page
    category_admin.reset_choices(slug)
    return redirect_to(url_for(".category", slug=slug, done="reset"))


@blueprint.post("/categories/<slug>/retire")
def retire_category(slug: str) -> str | Response:
    visitor, found = current_admin(), category_admin.one(slug)
    text = "New messages of its types belong to no category. What was sent stays as it is."
    if page := confirmation(visitor, f"Retire {found.label}?", text, "Retire", back=url_for(".category", slug=slug)):
        return page
    category_admin.retire(slug)
    return redirect_to(url_for(".categories", done="retired"))


def _form() -> dict[str, Any]:
    """The fields of the form in the shape of a draft; empty numbers are left out."""
    given: dict[str, Any] = {name: text_field(name) for name in ("label", "description", *LABELS) if name in request.form}
    given["types"] = request.form.get("types", "").split()
    given["locked"] = "locked" in request.form
    for name in _NUMBERS:
        text = text_field(name)
        if text:
            given[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
        elif name in ("loud_per_hour", "keep_days"):
            given[name] = None
    return given


def _render_list(visitor: Visitor, refusal: Invalid | NotFound | None = None) -> str:
    form = {name: request.form.get(name, "") for name in FIELDS}
    listed = category_admin.listing()
    return render_admin_page("categories.html", visitor, refusal, listed=listed, unsorted=category_admin.unsorted(), form=form, **_labels())


def _render_one(visitor: Visitor, slug: str, refusal: Invalid | None = None) -> str:
    found = category_admin.one(slug)
    form = {name: getattr(found, name) for name in FIELDS} | {"types": "\n".join(found.types)}
    if refusal is not None:
        form |= {name: request.form.get(name, "") for name in FIELDS if name != "slug"}
    count = category_admin.choosers(slug)
    return render_admin_page("category.html", visitor, refusal, category=found, form=form, choosers=count, other=OTHER, **_labels())


def _labels() -> dict[str, Any]:
    return {"values": VALUES, "labels": LABELS}
