"""Commands for the outbox: list, retry, drop, and sending without a server."""

from __future__ import annotations

import os
import sys

import click

from notifier.cli.application import application
from notifier.cli.exits import WRONG_USAGE, give_up

_PAGE_SIZE = 500


@click.group()
def outbox() -> None:
    """Show and send what waits on e-mail and other channels."""


@outbox.command("list")
@click.option("--given-up", "which", flag_value="given_up", help="only those that were given up")
@click.option("--waiting", "which", flag_value="waiting", help="only those that wait")
def list_deliveries(which: str | None) -> None:
    """List deliveries that wait or were given up, newest first.

    Each with its id, state, time, channel, user, target, number of attempts, and the last answer.
    """
    from notifier.services.outbox import administration

    with application():
        before = None
        while True:
            rows, before = administration.listing(which or "", limit=_PAGE_SIZE, before=before)
            for row in rows:
                at = row.settled_at or row.not_before
                columns = (row.public_id, row.state, f"{at:%Y-%m-%dT%H:%M:%SZ}", row.channel, row.user or "", row.target, row.attempts)
                click.echo("\t".join([*map(str, columns), row.answer or row.reason or ""]))
            if before is None:
                return


@outbox.command("retry")
@click.argument("id", required=False)
@click.option("--all", "every", is_flag=True, help="all that were given up")
def retry(id: str | None, every: bool) -> None:
    """Send the delivery ID again, with no attempt counted."""
    from notifier.services.outbox import administration

    if bool(id) == every:
        raise click.UsageError("give an ID or --all")
    with application():
        if every:
            click.echo(f"{administration.retry_all()} are sent again")
        elif id:
            administration.retry(id)


@outbox.command("drop")
@click.argument("id")
def drop(id: str) -> None:
    """Never send the delivery ID."""
    from notifier.services.outbox import administration

    with application():
        administration.drop(id)


@outbox.command("run")
def run() -> None:
    """Plan and send until interrupted, without a server.

    For sites whose web machines may not speak SMTP: set NOTIFIER_OUTBOX_SENDERS=0 there.
    """
    from notifier.services import configured_channels
    from notifier.services.webhooks import webhooks

    with application():
        if not configured_channels.by_name() and not webhooks.listing():
            give_up("there is no channel to send on: NOTIFIER_MAIL_URL, for example, sets one up", WRONG_USAGE)
    # A process of its own: gevent has to patch before anything else is imported.
    os.execv(sys.executable, [sys.executable, "-m", "notifier.outbox_process"])
