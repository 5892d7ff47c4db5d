"""The domain, one folder a capability.

A service validates, writes one transaction, commits, and then publishes hints.
"""
