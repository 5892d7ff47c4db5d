"""Exit codes, and the line on stderr that goes with them."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

REFUSED, WRONG_USAGE, NOT_REACHED = 1, 2, 3


def give_up(reason: str, code: int = REFUSED) -> NoReturn:
    """Print the reason and exit."""
    click.echo(f"notifier: {reason}", err=True)
    sys.exit(code)
