"""HTTP itself: request bodies, headers, errors, metrics, pagination.

Knows nothing of notifications.
"""
