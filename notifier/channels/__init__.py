"""Channels: ways to a person beside the inbox, one folder each.

To add one, copy the folder of another: it opens a `ports.Channel`, and `notifier/app.py` names it.
"""
