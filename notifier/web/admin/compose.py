"""The fields of the send form: conversion to a `Draft`, and validation errors by form field.

Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from notifier.errors import FieldError, Invalid, invalid
from notifier.services.messages.content import TITLE_LENGTH
from notifier.services.messages.send import Draft
from notifier.web.http.request_body import checked

PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("info", "success", "warning", "error")
_LINKS = (1, 2, 3)
_UNCHANGED = ("title", "image_url", "collapse_key", "related_session_id")
_FIELDS = (
    *("to", "message", "type", "priority", "send_at", "expires_at", "metadata", "once", "reply", *_UNCHANGED),
    *(f"action{number}_{part}" for number in _LINKS for part in ("label", "url")),
)
_ACTION = re.compile(r"actions\[(\d)\](?:\.(label|url))?")
_SEPARATOR = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class MessageForm:
    """The form as submitted.

    `values`: one per field, empty if not filled in; `picked`: the audience terms that are ticked.
    """

    values: Mapping[str, str]
    picked: tuple[str, ...] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @property
    def audience(self) -> list[str]:
        """The terms of the audience, each once. A bare name means a user."""
        typed = [term if term == "all" or ":" in term else f"user:{term}" for term in _SEPARATOR.split(self.values["to"]) if term]
        return list(dict.fromkeys([*typed, *self.picked]))

    @property
    def draft(self) -> Draft:
        """Raises `Invalid`, naming fields of the form."""
        try:
            return checked(Draft, self._draft_fields())
        except Invalid as refusal:
            raise self.with_field_names(refusal) from None

    @property
    def message(self) -> Any:
        """The message for the preview: the columns of `Message` that are drawn, as far as filled in."""
        title = self.values["title"].strip() or next(iter(self.values["message"].strip().split("\n")), "")
        return SimpleNamespace(
            type=self.values["type"] or "info",
            priority=self.values["priority"] if self.values["priority"] in PRIORITIES else "normal",
            title=(title or "Title")[:TITLE_LENGTH],
            text=self.values["message"],
            image_url=self.values["image_url"],
            actions=[action for action in self._actions() if action["label"]],
            created_at=datetime.now(UTC),
        )

    def with_field_names(self, refusal: Invalid) -> Invalid:
        """The same error, with the names of the form's fields instead of those of the API."""
        errors = tuple(FieldError(self._field_name(error.field), self._detail(error)) for error in refusal.errors)
        return Invalid("Nothing was sent. Correct the marked fields and send again.", errors=errors)

    def _draft_fields(self) -> dict[str, Any]:
        values = self.values
        fields: dict[str, Any] = {
            "message": values["message"],
            "type": values["type"] or "info",
            "priority": values["priority"] or "normal",
        }
        fields |= {name: values[name] for name in _UNCHANGED if values[name]}
        fields |= {name: self._instant(name) for name in ("send_at", "expires_at") if values[name]}
        if not self.audience:
            raise invalid("to", "enter at least one recipient")
        if values["metadata"].strip():
            fields["metadata"] = _json_object(values["metadata"])
        return fields | {"to": self.audience, "actions": self._actions()}

    def _actions(self) -> list[dict[str, Any]]:
        """The links, then the question."""
        links = [{part: self.values[f"action{number}_{part}"].strip() for part in ("label", "url")} for number in self._used_links()]
        question = self.values["reply"].strip()
        return [*links, {"label": question, "reply": True}] if question else links

    def _used_links(self) -> list[int]:
        """The numbers of the links with a label or a URL."""
        return [n for n in _LINKS if self.values[f"action{n}_label"].strip() or self.values[f"action{n}_url"].strip()]

    def _instant(self, name: str) -> str:
        """Browsers send local times without a zone: it is the sender's."""
        try:
            local = datetime.fromisoformat(self.values[name])
            instant = (local if local.tzinfo else local.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):  # in UTC the first and the last hours of the calendar are beyond it
            raise invalid(name, "must be a date and a time") from None
        return instant.isoformat(timespec="seconds")

    def _field_name(self, path: str) -> str:
        """The form's field for a path such as `actions[0].url`."""
        if path.startswith("to["):
            return "to"
        if found := _ACTION.fullmatch(path):
            used, index = self._used_links(), int(found[1])
            return f"action{used[index]}_{found[2] or 'label'}" if index < len(used) else "reply"
        return "reply" if path == "actions" else path

    def _detail(self, error: FieldError) -> str:
        """With the term of the audience that is wrong, if there are several."""
        index = error.field.removeprefix("to[").removesuffix("]")
        return f"{self.audience[int(index)]}: {error.detail}" if index.isdigit() and len(self.audience) > 1 else error.detail


def from_form(form: Any, zone: ZoneInfo) -> MessageForm:
    """`form`: that of a request. Browsers send CR LF as line ends."""
    values = {name: str(form.get(name, "")).replace("\r\n", "\n").replace("\r", "\n") for name in _FIELDS}
    return MessageForm(values | {name: values[name].strip() for name in ("to", "type", *_UNCHANGED)}, tuple(form.getlist("pick")), zone)


def blank(form_key: str, zone: ZoneInfo, **values: str) -> MessageForm:
    """An empty form but for `values`."""
    return MessageForm(dict.fromkeys(_FIELDS, "") | {"type": "info", "priority": "normal", "once": form_key} | values, (), zone)


def from_message(message: Any, form_key: str, zone: ZoneInfo) -> MessageForm:
    """The form filled in with a message that was sent, to send it again."""
    values = {
        "to": ", ".join(message.audience),
        "title": message.title,
        "message": message.text,
        "type": message.type,
        "priority": message.priority,
        "image_url": message.image_url or "",
        "collapse_key": message.collapse_key or "",
        "related_session_id": message.related_session_id or "",
        "metadata": json.dumps(message.metadata, ensure_ascii=False) if message.metadata else "",
    }
    for number, action in zip(_LINKS, (action for action in message.actions if "url" in action), strict=False):
        values |= {f"action{number}_label": action["label"], f"action{number}_url": action["url"]}
    values["reply"] = next((action["label"] for action in message.actions if "reply" in action), "")
    return blank(form_key, zone, **values)


def _json_object(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise invalid("metadata", 'must be a JSON object such as {"content_id": "7"}')
    return value
