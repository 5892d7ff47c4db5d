"""A strict client for Server-Sent Events, written from the standards and not from the server.

Bytes go through `Response` (HTTP framing) and `Parser` (events); `Stream` reads one connection, `Fleet` many in one thread, and
`Inbox` is the state of a client that relies on the delivery promise.
"""

from tests.sse.errors import Closed, ProtocolError, Refused
from tests.sse.fleet import Fleet
from tests.sse.inbox import Inbox
from tests.sse.parser import Comment, Event, Parser
from tests.sse.response import Response
from tests.sse.stream import Stream

__all__ = ["Closed", "Comment", "Event", "Fleet", "Inbox", "Parser", "ProtocolError", "Refused", "Response", "Stream"]
