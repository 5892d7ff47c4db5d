"""Run pytest in forks of a process that has loaded the libraries: importing them takes a second of processor time.

Reads jobs as lines of JSON, and writes a line after each.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

import pytest

# What `tests/conftest.py` imports. Nothing of the product or its tests, which differ for each job.
_LIBRARIES = (
    *("alembic", "argon2", "flask_jwt_extended", "flask_migrate", "flask_sqlalchemy", "gevent", "httpx", "hypothesis", "jwt"),
    *("prometheus_client", "psutil", "psycopg", "pydantic", "redis", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite"),
)


def main() -> None:
    for library in _LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.exit(run(json.loads(line)))
        os.waitpid(child, 0)
        print("done", flush=True)


def run(job: dict[str, Any]) -> int:
    """Run pytest in `directory` with `arguments`, writing to the file `output`."""
    os.chdir(job["directory"])
    sys.path[0] = os.environ["PYTHONPATH"] = job["directory"]
    output, nothing = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), os.open(os.devnull, os.O_RDONLY)
    for standard, file in enumerate((nothing, output, output)):
        os.dup2(file, standard)
    return pytest.main(job["arguments"])


if __name__ == "__main__":
    main()
