"""Why an attempt had no answer.

Admins read these texts in the outbox and among the last attempts of webhooks.
"""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException


def text(error: Exception, seconds: float, host: str = "") -> str:
    """A plain text for an error of the network, of TLS or of HTTP.

    `seconds`: how long an answer was waited for. `host`: whose name was looked up, empty where it must not be shown.
    """
    if isinstance(error, TimeoutError):
        return f"No answer within {seconds:g} s"
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return f"{_name(host)} could not be looked up: no name server answered"
    if isinstance(error, socket.gaierror):
        return f"{_name(host)} was not found"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"No TLS connection: {(error.reason or 'it was closed').replace('_', ' ').lower()}"
    if isinstance(error, ConnectionRefusedError):
        return "Connection refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):  # `RemoteDisconnected` is one
        return "The connection was closed without an answer"
    if isinstance(error, HTTPException):
        return "The answer is not HTTP"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _name(host: str) -> str:
    return f"The name {host}" if host else "The name"
