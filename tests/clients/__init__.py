"""`make clients`: clients of SSE that others wrote, from connecting to a revoked sign-in. Not part of `make test`."""
