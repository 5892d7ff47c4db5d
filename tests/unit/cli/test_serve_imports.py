"""What `notifier serve` imports before it becomes the server, which imports the whole program again."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys
from notifier import database_app
from notifier.cli import serve
from notifier.services.accounts import users
from notifier.services.maintenance import schema
print(*sorted(sys.modules))
"""


def test_the_check_of_a_current_database_imports_neither_web_nor_alembic() -> None:
    loaded = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=True).stdout.split()

    assert not {"alembic", "flask_migrate", "notifier.app", "notifier.web", "notifier.demo"} & set(loaded)
