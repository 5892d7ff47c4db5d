"""Benchmarks of a real server with many open streams: `make bench`."""
