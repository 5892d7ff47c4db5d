"""`python -m notifier`: the command `notifier`."""

from notifier.cli import main

main()
