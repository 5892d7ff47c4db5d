"""The command `notifier`.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 server not reached; `run` passes on that of its command.
"""

from __future__ import annotations

import click

from notifier import __version__
from notifier.cli.db import db
from notifier.cli.demo import demo
from notifier.cli.keys import key
from notifier.cli.people import group, user
from notifier.cli.run import run
from notifier.cli.send import listen, push
from notifier.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Real-time in-app notifications for server-rendered web applications."""


for command in (serve, push, listen, run, user, group, key, db, demo):
    main.add_command(command)
