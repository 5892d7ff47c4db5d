"""Webhooks: which there are, and the events that are recorded for them."""
