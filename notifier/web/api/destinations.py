"""The JSON API of destinations, for admins."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Response
from pydantic import Field

from notifier.errors import Conflict
from notifier.services.destinations import destinations
from notifier.services.validation import Line, StrictModel
from notifier.web.auth import permissions
from notifier.web.http.json_answers import json_answer
from notifier.web.http.request_body import Body
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import DestinationName
from notifier.web.openapi.security import Who
from notifier.web.presenters.account import Nothing
from notifier.web.presenters.destination import DestinationShown, destination_values

blueprint = Blueprint("destinations_api", __name__, url_prefix="/api/destinations")


class NewDestination(StrictModel):
    name: Annotated[Line, Field(examples=["ops"])]
    """1 to 64 letters, digits or `. _ @ + -`."""
    url: Annotated[Line, Field(examples=["slack://T1/B1/SECRET/#ops"])]
    """An address of the library Apprise, such as `slack://TOKEN-A/TOKEN-B/TOKEN-C/#ops`."""


class DestinationChange(StrictModel):
    on: bool = Field(examples=[False])
    """What is sent to one that is off is dropped."""


@blueprint.get("")
@operation(who=Who.ADMIN, answers={200: Answer("All of them, by name.", list[DestinationShown])})
def list_destinations() -> Response:
    """List destinations."""
    permissions.administrator()
    return json_answer([destination_values(row) for row in destinations.listing()])


@blueprint.post("")
@operation(who=Who.ADMIN, answers={201: Answer("The destination.", DestinationShown)}, errors=(Conflict,))
def create_destination(body: Body[NewDestination]) -> Response:
    """Create a destination.

    The address leads to one recipient at a service that is reached by https, and names no file.
    """
    permissions.administrator()
    given = body.parsed()
    return json_answer(_shown(destinations.create(given.name, given.url)), 201)


@blueprint.patch("/<name>")
@operation(who=Who.ADMIN, answers={200: Answer("The destination, changed.", DestinationShown)})
def change_destination(name: DestinationName, body: Body[DestinationChange]) -> Response:
    """Turn a destination on or off."""
    permissions.administrator()
    given, public_id = body.parsed(), destinations.id_of(name)
    destinations.switch(public_id, on=given.on)
    return json_answer(_shown(public_id))


@blueprint.delete("/<name>")
@operation(who=Who.ADMIN, answers={200: Answer("Removed.", Nothing)})
def remove_destination(name: DestinationName) -> Response:
    """Remove a destination. What waits for it is dropped."""
    permissions.administrator()
    destinations.remove(destinations.id_of(name))
    return json_answer(Nothing())


@blueprint.post("/<name>/test")
@operation(who=Who.ADMIN, answers={202: Answer("On its way.", Nothing)}, errors=(Conflict,))
def test_destination(name: DestinationName) -> Response:
    """Send a test to a destination."""
    permissions.administrator()
    destinations.send_test(destinations.id_of(name))
    return json_answer(Nothing(), 202)


def _shown(public_id: str) -> Any:
    return destination_values(destinations.get(public_id))
