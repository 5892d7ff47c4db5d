"""Declare the operations of the API at their views.

The document is generated from these declarations.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from notifier.errors import Refused
from notifier.web.events.event import Event
from notifier.web.http.request_body import Body, Lines, Query
from notifier.web.openapi.security import Who

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A header, or a query parameter that is no field of a model. `where`: `query` or `header`.

    `schema`: JSON Schema.
    """

    name: str
    where: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`model`: None without a JSON body.

    `example`: fields that differ from the examples of the model, or the whole example.
    """

    description: str
    model: Any = None
    example: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    events: Mapping[str, Event] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """`name`: the view's, and the `operationId`.

    `path`: the types of the variable parts of its path, by name. `lines`: the model of each line of an NDJSON body.
    """

    name: str
    summary: str
    description: str
    who: Who
    answers: Mapping[int, Answer]
    errors: tuple[type[Refused], ...]
    parameters: tuple[Parameter, ...]
    uses_database: bool
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    path: Mapping[str, Any]
    lines: type[BaseModel] | None = None


def operation(
    *,
    who: Who,
    answers: Mapping[int, Answer],
    errors: tuple[type[Refused], ...] = (),
    parameters: tuple[Parameter, ...] = (),
    uses_database: bool = True,
) -> Callable[[View], View]:
    """Declare a view as an operation.

    The rest comes from its docstring (summary and description) and its signature.
    A view with a parameter `Body[Model]` or `Query[Model]` gets one that parses the request when asked: after the caller is checked.
    `errors`: those that do not follow from the signature and from `who` (see `openapi.errors`).
    """

    def declare(view: View) -> View:
        hints = {name: hint for name, hint in get_type_hints(view, include_extras=True).items() if name != "return"}
        inputs = {name: get_origin(hint)(*get_args(hint)) for name, hint in hints.items() if get_origin(hint) in (Body, Query, Lines)}
        models = {type(each): each.model for each in inputs.values()}
        summary, _, rest = (inspect.getdoc(view) or "").partition("\n\n")
        path = {name: hint for name, hint in hints.items() if name not in inputs}
        texts = view.__name__, summary.removesuffix("."), " ".join(rest.split())
        found: Any = update_wrapper(partial(view, **inputs), view)
        body, query, lines = models.get(Body), models.get(Query), models.get(Lines)
        found.operation = Operation(*texts, who, answers, errors, parameters, uses_database, body, query, path, lines)
        return found  # type: ignore[no-any-return]

    return declare
