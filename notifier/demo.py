"""The people of `make run`: somebody to sign in as within a minute."""

from __future__ import annotations

import secrets
from pathlib import Path

from notifier.models.user import Role
from notifier.services.accounts import groups, users
from notifier.services.messages import send
from notifier.services.messages.send import Draft

_PEOPLE = {"alice": Role.USER, "bob": Role.USER, "carol": Role.USER, "admin": Role.ADMIN}
_SAMPLES = (
    {"to": "all", "title": "Welcome to notifier", "message": "This is your inbox. What is sent to you appears here at once."},
    {
        "to": "user:alice",
        "type": "video_complete",
        "title": "Video Ready!",
        "message": "“Introduction to coaching” has been processed.",
        "metadata": {"content_id": "7", "duration_seconds": 754},
        "actions": [{"label": "Watch Now", "url": "/video/7"}],
    },
    {
        "to": "group:staff",
        "type": "warning",
        "priority": "high",
        "title": "Maintenance tonight",
        "message": "The build farm restarts at 22:00 UTC.",
    },
)


def populate(file: Path) -> str:
    """Makes the demo people in an empty database. Their names and passwords, a pair a line, are returned and kept in `file`."""
    passwords = {name: secrets.token_urlsafe(9) for name in _PEOPLE}
    for name, role in _PEOPLE.items():
        users.create_user(name, passwords[name], role)
    groups.create("staff")
    groups.add("staff", "alice", manager=True)
    groups.add("staff", "bob")
    for sample in _SAMPLES:
        send.send(Draft.model_validate(sample))
    listing = "".join(f"{name} {password}\n" for name, password in passwords.items())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(listing)
    return listing
