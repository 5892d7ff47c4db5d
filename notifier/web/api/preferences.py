"""The user's preferences in JSON: what reaches them, mutes, and a pause."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from flask import Blueprint, Response
from pydantic import Field

from notifier.services.preferences import choices, mutes, pauses
from notifier.services.preferences.choices import PreferencesChange
from notifier.services.preferences.mutes import MuteDraft
from notifier.services.validation import Instant, StrictModel
from notifier.web.auth import permissions
from notifier.web.http.json_answers import json_answer
from notifier.web.http.request_body import Body
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.security import Who
from notifier.web.presenters.account import Nothing
from notifier.web.presenters.preferences import Muted, Paused, Preferences, muted_values, preferences_values

blueprint = Blueprint("preferences_api", __name__, url_prefix="/api")

MuteId = Annotated[UUID, Field(description="The mute.", examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])]


class Pause(StrictModel):
    """How long to be left alone."""

    until: Instant
    """In the future, within a year."""


@blueprint.get("/preferences")
@operation(who=Who.READER, answers={200: Answer("The preferences.", Preferences)})
def show_preferences() -> Response:
    """Show what reaches the user, where and when."""
    return json_answer(preferences_values(choices.of_user(permissions.user().id)))


@blueprint.patch("/preferences")
@operation(who=Who.USER, answers={200: Answer("All preferences afterwards.", Preferences)})
def change_preferences(body: Body[PreferencesChange]) -> Response:
    """Change parts of the preferences.

    Only what is given changes, and all of it or nothing. null puts a choice back to the default, and ends quiet hours and a pause.
    What an admin has locked is refused.
    """
    user = permissions.user()
    return json_answer(preferences_values(choices.change(user.id, body.parsed())))


@blueprint.get("/mutes")
@operation(who=Who.READER, answers={200: Answer("The mutes, oldest first.", list[Muted])})
def list_mutes() -> Response:
    """List what the user has muted."""
    return json_answer([muted_values(row) for row in mutes.listing(permissions.user().id)])


@blueprint.post("/mutes")
@operation(who=Who.USER, answers={201: Answer("The mute.", Muted)})
def mute(body: Body[MuteDraft]) -> Response:
    """Mute a type, a sender or a thread.

    What fits is archived when it arrives, unless it is urgent or its category is locked. A second mute of the same replaces the first.
    """
    user = permissions.user()
    return json_answer(muted_values(mutes.mute(user.id, body.parsed())), 201)


@blueprint.delete("/mutes/<uuid:mute_id>")
@operation(who=Who.USER, answers={200: Answer("It is muted no more.", Nothing)})
def unmute(mute_id: MuteId) -> Response:
    """End a mute."""
    mutes.unmute(permissions.user().id, str(mute_id))
    return json_answer({})


@blueprint.post("/pause")
@operation(who=Who.USER, answers={200: Answer("The pause.", Paused)})
def pause(body: Body[Pause]) -> Response:
    """Make no toast and no sound until a time; e-mail and push wait.

    Urgent notifications still come through.
    """
    user, until = permissions.user(), body.parsed().until
    pauses.pause(user.id, until)
    return json_answer({"paused_until": until})


@blueprint.delete("/pause")
@operation(who=Who.USER, answers={200: Answer("There is no pause.", Paused, {"paused_until": None})})
def resume() -> Response:
    """End the pause."""
    pauses.resume(permissions.user().id)
    return json_answer({"paused_until": None})
