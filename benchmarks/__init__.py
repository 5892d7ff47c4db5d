"""Measures a real server under a crowd of open streams: `make bench`, or `python -m benchmarks.bench --help`."""
