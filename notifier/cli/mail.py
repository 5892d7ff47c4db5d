"""The command that tries the mail server."""

from __future__ import annotations

import click

from notifier.cli.application import application
from notifier.cli.exits import NOT_REACHED, WRONG_USAGE, give_up


@click.group()
def mail() -> None:
    """Try the e-mail settings."""


@mail.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send a test mail to ADDRESS now, and print the mail server's answer."""
    from notifier.channels.email import NAME
    from notifier.channels.ports import Kind, Outgoing, Result
    from notifier.mail_addresses import address as valid_address
    from notifier.models.columns import new_public_id
    from notifier.services import configured_channels
    from notifier.services.outbox import links

    try:
        target = valid_address(address)
    except ValueError as error:
        raise click.UsageError(f"ADDRESS {error}") from None
    with application():
        channel = configured_channels.by_name().get(NAME)
        if channel is None:
            give_up("NOTIFIER_MAIL_URL is not set: it names the server that takes the mails", WRONG_USAGE)
        outgoing = Outgoing(new_public_id(), Kind.TEST, target, "", links.page(links.SETTINGS_PATH))
        outcome = channel.send(outgoing)
        channel.close()
    if outcome.result is not Result.ACCEPTED:
        give_up(f"the mail was not taken: {outcome.answer}", NOT_REACHED if outcome.result is Result.UNREACHABLE else 1)
    click.echo(f"Sent to {target}: {outcome.answer}")
