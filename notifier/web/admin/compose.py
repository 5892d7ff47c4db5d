"""The form of a message: what its fields say as a `Draft`, and what is wrong with it by the names of the fields. Pure."""

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
from notifier.services.messages.content import TITLE_LENGTH, Draft
from notifier.web.http.request_body import checked

ACTIONS = (1, 2, 3)
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("info", "success", "warning", "error")
_PLAIN = ("title", "image_url", "collapse_key", "related_session_id")
_NAMES = (
    *("to", "message", "type", "priority", "send_at", "expires_at", "metadata", "once", "reply", *_PLAIN),
    *(f"action{number}_{part}" for number in ACTIONS for part in ("label", "url")),
)
_ACTION = re.compile(r"actions\[(\d)\](?:\.(label|url))?")
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Composed:
    """What stands in the form. `values`: of each field, empty where nothing was filled in; `picked`: words ticked under "Pick"."""

    values: Mapping[str, str]
    picked: tuple[str, ...] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @property
    def words(self) -> list[str]:
        """Those of the audience, each once. A bare name means a user."""
        typed = [word if word == "all" or ":" in word else f"user:{word}" for word in _BETWEEN.split(self.values["to"]) if word]
        return list(dict.fromkeys([*typed, *self.picked]))

    @property
    def draft(self) -> Draft:
        """Raises `Invalid`, naming fields of the form."""
        try:
            return checked(Draft, self._fields())
        except Invalid as refusal:
            raise self.named(refusal) from None

    @property
    def message(self) -> Any:
        """As it will look, as far as it is there: the columns of `Message` that are drawn."""
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

    def named(self, refusal: Invalid) -> Invalid:
        """The same refusal by the names of the form's fields."""
        errors = tuple(FieldError(self._field(error.field), self._told(error)) for error in refusal.errors)
        return Invalid("Nothing was sent yet.", errors=errors)

    def _fields(self) -> dict[str, Any]:
        values = self.values
        fields: dict[str, Any] = {
            "message": values["message"],
            "type": values["type"] or "info",
            "priority": values["priority"] or "normal",
        }
        fields |= {name: values[name] for name in _PLAIN if values[name]}
        fields |= {name: self._instant(name) for name in ("send_at", "expires_at") if values[name]}
        if not self.words:
            raise invalid("to", "say who it is for")
        if values["metadata"].strip():
            fields["metadata"] = _json(values["metadata"])
        return fields | {"to": self.words, "actions": self._actions()}

    def _actions(self) -> list[dict[str, Any]]:
        """Links first, then the form for an answer."""
        links = [{part: self.values[f"action{number}_{part}"].strip() for part in ("label", "url")} for number in self._slots()]
        question = self.values["reply"].strip()
        return [*links, {"label": question, "reply": True}] if question else links

    def _slots(self) -> list[int]:
        """The numbers of the links that are filled in, if only by half."""
        return [n for n in ACTIONS if self.values[f"action{n}_label"].strip() or self.values[f"action{n}_url"].strip()]

    def _instant(self, name: str) -> str:
        """The time of a form knows no zone: it is the reader's."""
        try:
            local = datetime.fromisoformat(self.values[name])
        except ValueError:
            raise invalid(name, "must be a date and a time") from None
        return (local if local.tzinfo else local.replace(tzinfo=self.zone)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _field(self, path: str) -> str:
        if path.startswith("to["):
            return "to"
        if found := _ACTION.fullmatch(path):
            slots, number = self._slots(), int(found[1])
            return f"action{slots[number]}_{found[2] or 'label'}" if number < len(slots) else "reply"
        return "reply" if path == "actions" else path

    def _told(self, error: FieldError) -> str:
        """Which of many words it was."""
        number = error.field.removeprefix("to[").removesuffix("]")
        return f"{self.words[int(number)]}: {error.detail}" if number.isdigit() and len(self.words) > 1 else error.detail


def read(form: Any, zone: ZoneInfo) -> Composed:
    """`form`: of a request. Browsers send line ends their own way."""
    values = {name: str(form.get(name, "")).replace("\r\n", "\n").replace("\r", "\n") for name in _NAMES}
    return Composed(values | {name: values[name].strip() for name in ("to", "type", *_PLAIN)}, tuple(form.getlist("pick")), zone)


def blank(once: str, zone: ZoneInfo, **values: str) -> Composed:
    return Composed(dict.fromkeys(_NAMES, "") | {"type": "info", "priority": "normal", "once": once} | values, (), zone)


def again(message: Any, once: str, zone: ZoneInfo) -> Composed:
    """The form of a message that was sent: the same to the same people."""
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
    for number, action in zip(ACTIONS, (action for action in message.actions if "url" in action), strict=False):
        values |= {f"action{number}_label": action["label"], f"action{number}_url": action["url"]}
    values["reply"] = next((action["label"] for action in message.actions if "reply" in action), "")
    return blank(once, zone, **values)


def _json(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("metadata", 'must be a JSON object such as {"content_id": "7"}') from None
    if not isinstance(value, dict):
        raise invalid("metadata", 'must be a JSON object such as {"content_id": "7"}')
    return value
