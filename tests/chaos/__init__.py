"""The promise under random faults, with fixed seeds: senders that retry until they are answered, clients that keep an inbox, and
somebody who kills, stops and restarts whatever the two depend on.

`stack` is what is run, `faults` what is done to it, `sender` and `client` who uses it, and `trial` one run with its verdict.
`python -m tests.chaos --help` runs it for as long as you like.
"""
