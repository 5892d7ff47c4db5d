"""Read an address of Apprise, and send to it.

Loaded only where destinations are used: `apprise` is an extra.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import apprise
from apprise.manager_attachment import AttachmentManager
from apprise.manager_plugins import NotificationManager

from notifier.channels import answers, guard
from notifier.channels.destination.guarded_requests import GuardedRequests, attempt
from notifier.channels.destination.schemes import ALLOWED
from notifier.channels.guard import NotAllowed
from notifier.channels.ports import Kind, Outcome, Outgoing, Result

_TYPES = {"success": "success", "warning": "warning", "error": "failure"}
_GUARDED = GuardedRequests()


def name_of(address: str, *, private: bool) -> str:
    """The name of the service. Raises `NotAllowed`."""
    return str(_service(address, private=private).service_name)


def send(outgoing: Outgoing, *, private: bool) -> Outcome:
    """Make one attempt.

    The answer is a status alone: what a service answers may repeat the address.
    """
    title, text = _content(outgoing)
    try:
        service = _service(outgoing.address, private=private)
        with attempt(private=private) as made:
            accepted = service.notify(title=title, body=text, notify_type=_type(outgoing), body_format="text")
    except NotAllowed as refusal:
        return Outcome(Result.REFUSED, str(refusal))
    except Exception as error:  # a fault of Apprise's over one service; the error's text may hold the address
        return Outcome(Result.LATER, f"Apprise failed: {type(error).__name__}")
    if made.refusal:
        return Outcome(Result.REFUSED, made.refusal)
    if accepted:
        return Outcome(Result.ACCEPTED, made.answer)
    wait = answers.retry_after(made.retry_after, datetime.now(UTC))
    return Outcome(Result.LATER, f"{service.service_name} did not take it: {made.answer or 'no request was made'}", retry_after=wait)


def _content(outgoing: Outgoing) -> tuple[str, str]:
    """Title and text; the title is the text where there is no other."""
    if outgoing.kind == Kind.TEST:
        return "Test", f"The destination {outgoing.target} works."
    item = outgoing.items[0]
    parts = [item.text, *(f"{link.label}: {link.url}" for link in item.links)]
    text = "\n\n".join(part for part in parts if part)
    return (item.title, text) if text else ("", item.title)


def _type(outgoing: Outgoing) -> str:
    return _TYPES.get(outgoing.items[0].type, "info") if outgoing.items else "info"


def _service(address: str, *, private: bool) -> Any:
    """The service of an address, ready to send.

    Raises `NotAllowed`, with a text that holds no part of the address but its scheme and host.
    """
    load()
    found = cast(Any, apprise.plugins).url_to_dict(address, secure_logging=True)
    if not found:
        raise NotAllowed("it is no address that Apprise knows, such as slack://… or mmosts://…")
    scheme = str(found["schema"])
    if scheme not in ALLOWED:
        raise NotAllowed(f"{scheme}: addresses are no services that are reached by https")
    service = apprise.Apprise.instantiate(found, asset=apprise.AppriseAsset(async_mode=False, storage_mode="memory"))
    if service is None:
        raise NotAllowed(f"a part of the {scheme}:// address is missing or wrong")
    _check(service, scheme, private=private)
    if "overflow" not in found.get("qsd", {}):
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
    return service


def _check(service: Any, scheme: str, *, private: bool) -> None:
    if getattr(sys.modules[type(service).__module__], "requests", None) is not _GUARDED:
        raise NotAllowed(f"{scheme}: addresses are not guarded in this version of Apprise")
    if any(isinstance(value, apprise.AppriseAttachment) and len(value) for value in vars(service).values()):
        raise NotAllowed("an address may name no file or template")
    if len(service) > service.retry + 1:
        raise NotAllowed("an address has one recipient, since all get it again if one of them fails: make a destination for each")
    own_host = any("{host}" in template for template in service.templates)
    plain = service.secure_protocol and scheme in _names(service.protocol)
    guard.check_scheme("http" if plain else "https", private=private)
    if own_host and service.host:
        guard.check_host("http" if plain else "https", service.host.strip("[]"), private=private)


def _names(protocol: Any) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else tuple(protocol or ())


@cache
def load() -> None:
    """Load all services, guard them, and keep their log silent: it names addresses."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    cast(Any, NotificationManager)().load_modules()
    cast(Any, AttachmentManager)().load_modules()  # otherwise loaded by the first address that names one, with the true `requests`
    for name, module in list(sys.modules.items()):
        if name.startswith("apprise.") and hasattr(module, "requests"):
            module.__dict__["requests"] = _GUARDED
