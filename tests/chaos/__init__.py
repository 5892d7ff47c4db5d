"""The delivery promise under random faults, with fixed seeds.

Senders retry until they are acknowledged, clients keep an inbox, and faults kill, stop and restart what both depend on.

`stack` is the system under test, `faults` what is done to it, `sender` and `client` its users, and `trial` one run with its verdict.
`python -m tests.chaos --help` lists the options for longer runs.
"""
