"""Index of faults: each is covered by the tests named here, or has a reason why not."""

from __future__ import annotations

import ast
import functools

from tests.faults.rows import SERVER_FAULTS
from tests.outbox.fault_rows import OUTBOX_FAULTS
from tests.servers.notifier import ROOT

ROWS = SERVER_FAULTS | OUTBOX_FAULTS
FAULTS = 53


@functools.cache
def functions(file: str) -> frozenset[str]:
    return frozenset(node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef))


def test_every_fault_has_a_row() -> None:
    assert sorted(ROWS) == list(range(1, FAULTS + 1))


def test_every_row_names_existing_tests_or_a_reason() -> None:
    missing = [row for row in ROWS.values() if not (row.tests or row.reason)]
    named = [test for row in ROWS.values() for test in row.tests]
    assert missing == [] and [test for test in named if test.partition("::")[2] not in functions(test.partition("::")[0])] == []
