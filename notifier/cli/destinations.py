"""Commands for destinations."""

from __future__ import annotations

import sys

import click

from notifier.cli.application import application


@click.group()
def destination() -> None:
    """Create, list, test and remove destinations: rooms of other services that get messages."""


@destination.command("create")
@click.argument("name")
def create_destination(name: str) -> None:
    """Create the destination NAME. Its address is asked for, or read from the standard input."""
    from notifier.services.destinations import destinations

    # Not an argument: those are seen by all users of the machine, and kept by shells.
    url = click.prompt("Address", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    with application():
        destinations.create(name, url)


@destination.command("list")
def list_destinations() -> None:
    """List the destinations: name, service, whether it is on, and when it last worked."""
    from notifier.services.destinations import destinations

    with application():
        for row in destinations.listing():
            state = "off" if row.disabled_at else "failing" if row.failing_since else "on"
            worked = f"{row.last_ok_at:%Y-%m-%dT%H:%M:%SZ}" if row.last_ok_at else "never"
            click.echo("\t".join((row.name, row.service, state, worked)))


@destination.command("test")
@click.argument("name")
def test_destination(name: str) -> None:
    """Have the server send a test to the destination NAME.

    `notifier outbox list` shows what does not arrive.
    """
    from notifier.services.destinations import destinations

    with application():
        destinations.send_test(destinations.id_of(name))


@destination.command("switch")
@click.argument("name")
@click.argument("state", type=click.Choice(["on", "off"]))
def switch_destination(name: str, state: str) -> None:
    """Turn the destination NAME on or off."""
    from notifier.services.destinations import destinations

    with application():
        destinations.switch(destinations.id_of(name), on=state == "on")


@destination.command("remove")
@click.argument("name")
def remove_destination(name: str) -> None:
    """Remove the destination NAME. What waits for it is dropped."""
    from notifier.services.destinations import destinations

    with application():
        destinations.remove(destinations.id_of(name))
