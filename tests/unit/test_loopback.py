"""Which hosts only the server's own machine reaches."""

from __future__ import annotations

from notifier.environment import is_loopback


def test_loopback_addresses_and_names() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.9.1", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.5", "example.com", "localhost.example.com", "")))
