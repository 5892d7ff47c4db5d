"""Read the body and the query of requests, bounded in bytes and in time.

Each wrong field gets an error.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Generic, TypeVar

from flask import Flask, Request, request
from pydantic import BaseModel, ValidationError
from werkzeug.sansio.utils import get_content_length

from notifier import current
from notifier.errors import FieldError, Invalid, Malformed, NotFound, TooLarge, TooSlow, invalid, invalid_fields
from notifier.realtime.shared_timeout import SharedTimeout
from notifier.services import field_texts

MAX_BODY_BYTES = 65_536
MAX_IMPORT_BYTES = 1_048_576
_IMPORT_PATH = "/users/import"
_ARRIVAL_TIMEOUT_SECONDS = 10.0
_arrivals = SharedTimeout(_ARRIVAL_TIMEOUT_SECONDS)
_WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
_NOT_JSON = {
    "application/x-www-form-urlencoded": "a form",
    "multipart/form-data": "a form",
    "text/plain": "plain text",
}
_NEVER_IN_PATHS = re.compile(r"[\x00-\x1f\ufffd]")
_BODY = "notifier.body"
_UNION_TAGS = ("<term>", "<terms>", "<link>", "<reply>")

Model = TypeVar("Model", bound=BaseModel)


def register(app: Flask) -> None:
    app.before_request(_prepare)


def _prepare() -> None:
    asked = current.request()
    _check_path(asked.path)
    _read(asked)


def _check_path(path: str) -> None:
    """Raise `NotFound` for control characters, and for what is not UTF-8.

    Nothing has such a name, and PostgreSQL fails at a NUL. Werkzeug replaces each byte that is not UTF-8 by the same character.
    """
    if _NEVER_IN_PATHS.search(path):
        raise NotFound("There is nothing at this address.")


def _read(asked: Request) -> None:
    """Read the whole body, of a form too, before the view runs.

    Raises `TooLarge`, `TooSlow`, `Malformed`.
    Read past the limit by one byte: werkzeug would cut a chunked body there and pass it on as if whole.
    """
    environ, method = asked.environ, asked.method
    environ[_BODY] = b""
    if method in _WITHOUT_BODY and "CONTENT_LENGTH" not in environ:
        return
    longest = MAX_IMPORT_BYTES if method == "POST" and asked.path.endswith(_IMPORT_PATH) else MAX_BODY_BYTES
    # Not the request's attribute, which finds the same by eight more calls of functions.
    length = get_content_length(environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING"))
    ends = "wsgi.input_terminated" in environ
    if (length or 0) > longest:
        raise _too_large(longest)
    if method in _WITHOUT_BODY or (length is None and not ends):
        return
    body: bytes | None = None
    try:
        with _arrivals:
            body = environ["wsgi.input"].read(longest + 1 if length is None else length)
    except Exception as error:  # each server has its own
        raise Malformed("The body broke off, or its chunks are none.") from error
    if body is None:
        raise TooSlow(f"The body did not arrive within {_ARRIVAL_TIMEOUT_SECONDS:.0f} s.")
    if len(body) > longest:
        raise _too_large(longest)
    environ.update({_BODY: body, "wsgi.input": BytesIO(body), "wsgi.input_terminated": True})


@dataclass(frozen=True, slots=True)
class Body(Generic[Model]):
    """The JSON body of the request. A view parses it after it has checked the caller."""

    model: type[Model]

    def parsed(self, complete: Callable[[Any], Any] | None = None) -> Model:
        """Raises `Malformed`, or `Invalid` naming each wrong field.

        `complete`: fills in what the body leaves out.
        """
        value = _json(current.request().environ[_BODY], _advice)
        return checked(self.model, complete(value) if complete else value)


@dataclass(frozen=True, slots=True)
class Lines(Generic[Model]):
    """The body of the request as lines of JSON (NDJSON).

    A view parses it after it has checked the caller.
    """

    model: type[Model]

    def parsed(self, *, most: int) -> Iterator[tuple[int, Model | str]]:
        """The number of each line that is not empty, with its model, or with what is wrong with it.

        Raises `Malformed`, and `Invalid` for more than `most` lines.
        """
        try:
            text = current.request().environ[_BODY].decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Malformed("The body is not UTF-8.") from None
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if not 1 <= len(lines) <= most:
            raise invalid("body", f"must have 1 to {most} lines")
        return ((number, self._one(line)) for number, line in lines)

    def _one(self, line: str) -> Model | str:
        try:
            return checked(self.model, _json(line.encode(), lambda: ""))
        except (Malformed, Invalid) as problem:
            return problem.detail.replace("The body is", "The line is")


@dataclass(frozen=True, slots=True)
class Query(Generic[Model]):
    """The query of the request's URL. A view parses it after it has checked the caller."""

    model: type[Model]

    def parsed(self, *, alone: bool = False) -> Model:
        """A field that is left empty counts as not given, unless the model forbids unknown fields.

        `alone`: fields in the body are refused, without which the view would change everything. Raises `Invalid`.
        """
        if alone:
            _refuse_fields_of_body()
        for name in self.model.model_fields:
            if len(request.args.getlist(name)) > 1:
                raise invalid(name, "must be given once")
        strict = self.model.model_config.get("extra") == "forbid"
        return checked(self.model, {name: value for name, value in request.args.items() if value != "" or strict})


def _refuse_fields_of_body() -> None:
    """Raise `Invalid` that names each field but `csrf_token`.

    Raises `Malformed` for what is neither JSON nor a form.
    """
    body = current.request().environ[_BODY]
    if not body:
        return
    try:
        value = _json(body, lambda: " This call takes no body.")
    except Malformed:
        if not request.form:
            raise
        value = request.form.to_dict()
    fields = ([name for name in value if name != "csrf_token"] if isinstance(value, dict) else ["body"]) if value else []
    if fields:
        raise invalid_fields(
            [FieldError(name[:64], "belongs into the query, as in `?status=read`; nothing was changed") for name in fields]
        )


def checked(model: type[Model], value: Any) -> Model:
    """`value` as `model`. Raises `Invalid`."""
    try:
        return model.model_validate(value)
    except ValidationError as problem:
        raise _invalid(problem) from None


def _json(body: bytes, advice: Callable[[], str]) -> Any:
    """Parse a body, without its byte order mark. `advice`: what to send instead.

    Whatever the content type: `curl -d` declares all bodies as forms.
    """
    try:
        return _decode(body.removeprefix(codecs.BOM_UTF8).decode())
    except RecursionError:
        raise Malformed("The JSON is nested too deeply.") from None
    except ValueError as error:
        reason = str(error).partition(";")[0]  # of a number that is too long, Python adds what its own program may do
        raise Malformed(f"The body is not JSON: {reason}.{advice()}") from None


def _advice() -> str:
    """What to send instead, for a client that declared its body as something else than JSON."""
    kind = _NOT_JSON.get(request.mimetype)
    if kind is None:
        return ""
    return (
        f" It was sent as {kind}: send JSON with Content-Type: application/json, such as"
        ' {"to": "user:alice", "title": "Hello"}; /apidoc/ has examples of each call.'
    )


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` with options makes a new decoder for each call.
_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def _too_large(longest: int) -> TooLarge:
    return TooLarge(f"A body may have at most {longest} bytes.")


def _invalid(problem: ValidationError) -> Invalid:
    details: dict[str, list[str]] = {}
    for error in problem.errors(include_url=False, include_input=False):
        field, detail = _named(error)
        details.setdefault(field, []).append(detail)
    return invalid_fields([FieldError(field, " or ".join(dict.fromkeys(found))) for field, found in details.items()])


def _named(error: Mapping[str, Any]) -> tuple[str, str]:
    """The field as a path such as `actions[0].url`, and what is wrong with it.

    Errors of a whole model carry their field in the text (`title: …`); the tags pydantic adds for the arms of a union are left out.
    """
    detail = field_texts.detail(error)
    path = ""
    for part in error["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in _UNION_TAGS:
            path += f".{part[:64]}" if path else part[:64]
    if not path and ": " in detail:
        path, _, detail = detail.partition(": ")
    return path or "body", detail
