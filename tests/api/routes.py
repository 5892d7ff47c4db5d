"""The routes of the API, by who may use them."""

from __future__ import annotations

PUBLIC = {"GET /healthz", "GET /readyz", "GET /metrics", "POST /api/auth/login", "GET /openapi.json", "GET /apidoc/"}
USERS = {
    "POST /api/auth/logout",
    "POST /api/auth/password",
    "POST /api/notifications/undo",
    "GET /api/notifications",
    "DELETE /api/notifications",
    "POST /api/notifications/read-all",
    "POST /api/notifications/seen",
    "GET /api/notifications/unread-count",
    "GET /api/notifications/stream",
    "GET /events",
    "GET /api/v1/notifications/stream",
    "GET /api/v1/notifications/history",
    "GET /api/notifications/<uuid:public_id>",
    "PATCH /api/notifications/<uuid:public_id>",
    "DELETE /api/notifications/<uuid:public_id>",
    "POST /api/notifications/<uuid:public_id>/replies",
    "POST /api/notifications/<uuid:public_id>/clicked",
    "GET /api/preferences",
    "PATCH /api/preferences",
    "GET /api/mutes",
    "POST /api/mutes",
    "DELETE /api/mutes/<uuid:mute_id>",
    "POST /api/pause",
    "DELETE /api/pause",
}
WATCHERS = {
    "GET /api/sessions",
    "GET /api/sessions/<public_id>",
    "GET /api/sessions/<public_id>/status",
    "GET /api/sessions/<public_id>/status/stream",
}
SENDERS = {
    "POST /api/notifications",
    "GET /api/notifications/<uuid:public_id>/delivery",
    "POST /api/notifications/<uuid:public_id>/withdraw",
    "GET /api/notifications/<uuid:public_id>/replies",
    "POST /api/sessions",
    "POST /api/sessions/<public_id>/status",
    "PUT /api/sessions/<public_id>",
}
REFRESHERS = {"POST /api/auth/refresh"}
ADMINS = {"GET /api/v1/notifications/stream/<user_id>"}
"""Other users may use these routes with their own id only."""
DIRECTORY = {
    "GET /api/users",
    "POST /api/users",
    "POST /api/users/import",
    "PUT /api/users/by-subject/<path:subject>",
    "GET /api/users/<uuid:public_id>",
    "PATCH /api/users/<uuid:public_id>",
    "DELETE /api/users/<uuid:public_id>",
    "GET /api/groups",
    "POST /api/groups",
    "PATCH /api/groups/<name>",
    "DELETE /api/groups/<name>",
    "PUT /api/groups/<name>/members/<path:user>",
    "DELETE /api/groups/<name>/members/<path:user>",
}
"""Only admins, and keys of scope `people`, may use these routes."""
DESTINATIONS = {
    "GET /api/destinations",
    "POST /api/destinations",
    "PATCH /api/destinations/<name>",
    "DELETE /api/destinations/<name>",
    "POST /api/destinations/<name>/test",
}
"""Only admins may use these routes."""
PROTECTED = USERS | SENDERS | ADMINS | WATCHERS | DIRECTORY | DESTINATIONS
LEGACY = {"GET /api/v1/notifications/stream", "GET /api/v1/notifications/stream/<user_id>", "GET /api/v1/notifications/history"}
