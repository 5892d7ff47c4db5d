"""Parameters that several operations share: the variable parts of paths, and headers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from notifier.services import idempotency
from notifier.web.http import last_event_id
from notifier.web.openapi.operation import Parameter

_ID = "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"
_CURSOR = "5f0c2a91-811"
_SPELLINGS = last_event_id.PARAMETERS

NotificationId = Annotated[UUID, Field(description="The notification.", examples=[_ID])]
MessageId = Annotated[UUID, Field(description="The message, by the id that sending it answered.", examples=[_ID])]
SessionId = Annotated[str, Field(description="The session.", max_length=64, examples=[_ID])]
UserUuid = Annotated[UUID, Field(description="The user.", examples=[_ID])]
HostSubject = Annotated[str, Field(description="The id that your application knows the user by.", max_length=128, examples=["42"])]
DestinationName = Annotated[str, Field(description="The destination.", examples=["ops"])]
GroupName = Annotated[str, Field(description="The group.", examples=["staff"])]
UserTerm = Annotated[str, Field(description="The user: an id, `id:SUBJECT`, or a name.", examples=["alice"])]
UserId = Annotated[str, Field(description="The user.", examples=[_ID])]

IF_NONE_MATCH = Parameter("If-None-Match", "header", "The `ETag` of the answer that the client has already.")
IDEMPOTENCY_KEY = Parameter(
    idempotency.HEADER,
    "header",
    "For requests that may be sent twice: the same key and body are done once in 24 hours and answered alike; "
    "another body is refused (`key_reused`).",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "order-7-shipped",
)
CURSOR = (
    Parameter(
        last_event_id.HEADER,
        "header",
        "The `id` of the last event that the client has. One that is not valid is answered by a `reset` event.",
        example=_CURSOR,
    ),
    Parameter(_SPELLINGS[0], "query", "The same, for clients that cannot set headers. The header wins.", example=_CURSOR),
    *(
        Parameter(name, "query", f"`{_SPELLINGS[0]}` as polyfills of EventSource spell it. The first one given wins.", example=_CURSOR)
        for name in _SPELLINGS[1:]
    ),
)
NEXT_PAGE = 'The next page, as `<…>; rel="next"`. The last page has none.'
