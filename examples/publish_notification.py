"""`publish_notification` as workers of the older system call it, over this server's client.

It needs NOTIFIER_URL and, in NOTIFIER_API_KEY, what `notifier key create worker` prints.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from notifier.client import Client

_log = logging.getLogger("worker")


def publish_notification(user_id: str, notification_type: str, payload: dict[str, Any] | None = None, **_: Any) -> bool:
    """Send a notification to a user by id. Returns whether it was accepted; never raises.

    `content_id` in the payload becomes the link "Watch Now", `thumbnail_url` the picture.
    """
    try:
        given = {name: value for name, value in (payload or {}).items() if value is not None}
        fields: dict[str, Any] = {"title": str(given.pop("title", "") or notification_type.replace("_", " ").capitalize())}
        if "content_id" in given:
            fields["actions"] = [{"label": "Watch Now", "url": f"/video/{given['content_id']}"}]
        if "thumbnail_url" in given:
            fields["image_url"] = given["thumbnail_url"]
        text = str(given.get("error_message", ""))
        with Client(os.environ["NOTIFIER_URL"], os.environ["NOTIFIER_API_KEY"]) as client:
            client.push(None, text, user_id=user_id, type=notification_type, metadata=given, **fields)
    except Exception:
        _log.exception("notification of %s was not sent", user_id)
        return False
    return True
