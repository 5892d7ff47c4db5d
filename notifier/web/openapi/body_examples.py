"""Examples of request bodies, by operation and title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BODY_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "login": {"A password": {"username": "alice", "password": "correct horse battery staple"}},
    "change_password": {"A new password": {"old": "correct horse battery staple", "new": "a much longer and better password"}},
    "send": {
        "To one user": {"to": "user:alice", "type": "success", "title": "Transcription Complete", "message": "Your audio is ready"},
        "To several, with a button": {
            "to": ["user:alice", "role:admin"],
            "type": "video_complete",
            "title": "Video Ready!",
            "priority": "high",
            "metadata": {"video": 7, "seconds": 93.5},
            "actions": [{"label": "Watch Now", "url": "/video/7"}],
        },
        "With a question": {
            "to": "user:alice",
            "type": "clarification_needed",
            "title": "Which of the two speakers is the host?",
            "actions": [{"label": "Your answer", "reply": True}],
        },
        "In place of the last one": {"to": "all", "title": "Upload: 3 of 9 files", "collapse_key": "upload-7"},
    },
    "clicked": {"The first link": {"index": 0}},
    "seen": {"A list": {"ids": ["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f", "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e10"]}},
    "change_status": {
        "Mark as read": {"status": "read"},
        "Archive": {"status": "archived"},
        "Snooze": {"status": "snoozed", "until": "2026-12-01T08:00:00Z"},
    },
    "change_preferences": {
        "Off for one category": {"categories": {"videos": {"in_app": "off", "email": None}}},
        "Quiet hours": {"quiet_hours": {"from": "22:00", "to": "07:00", "days": [0, 1, 2, 3, 4]}, "time_zone": "Europe/Berlin"},
    },
    "mute": {"A thread": {"kind": "thread", "value": "video-7"}, "A sender": {"kind": "sender", "value": "dana"}},
    "pause": {"For an hour": {"until": "2026-12-01T15:40:00Z"}},
    "undo": {"The last operation": {"seq": 813}},
    "reply": {"A reply": {"text": "The second one"}},
    "create_session": {
        "A long job": {"title": "Transcribe interview.mp3", "owner": "alice", "viewers": ["bob"]},
        "With the notification of its end": {
            "title": "Video Ready!",
            "owner": "alice",
            "type": "video_complete",
            "actions": [{"label": "Watch Now", "url": "/video/7"}],
            "silence_seconds": 60,
        },
    },
    "put_session": {"Created, or continued after an upload": {"title": "Transcribe interview.mp3", "owner": "alice"}},
    "move_session": {
        "Under way": {"status": "transcribing", "progress": 45, "message": "Minute 9 of 20"},
        "Complete": {"status": "processed", "actions": [{"label": "Read it", "url": "/texts/7"}]},
        "Failed": {"status": "failed", "error": "The file is no audio."},
    },
    "create_user": {"A user of your application": {"subject": "42", "name": "Ann Example", "email": "ann@example.com"}},
    "put_user": {"Created, or changed": {"name": "Ann Example", "email": "ann@example.com", "groups": ["staff"]}},
    "change_user": {"Another address": {"email": "ann@example.org"}, "Disabled": {"disabled": True}},
    "create_group": {"A group": {"name": "staff"}, "One that your tokens fill": {"name": "editors", "managed": True}},
    "change_group": {"Another name": {"name": "crew"}},
    "put_member": {"A manager": {"manager": True}},
    "create_destination": {"A channel of Slack": {"name": "ops", "url": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops"}},
    "change_destination": {"Off": {"on": False}},
}

LINES_EXAMPLE = '{"subject": "42", "name": "Ann Example", "groups": ["staff"]}\n{"name": "bob", "email": "bob@example.com"}\n'
