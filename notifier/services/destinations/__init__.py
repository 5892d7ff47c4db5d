"""Destinations: which there are, and what is to be posted to them."""
