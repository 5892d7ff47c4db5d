"""The application, which takes as long to load as in a program that is executed, but none of its processor time.

gunicorn loads `app` from here in place of `notifier:create_app()`, in a fork that has loaded the product.
"""

from __future__ import annotations

import threading

from notifier import create_app

_LOADS_IN_SECONDS = 1.5

threading.Event().wait(_LOADS_IN_SECONDS)
app = create_app()
