"""What docs/operations.md says of metrics and settings is what the program has."""

from __future__ import annotations

import re

from prometheus_client import REGISTRY

from notifier import metrics
from notifier.config import Settings
from tests.servers.notifier import ROOT

MANUAL = (ROOT / "docs/operations.md").read_text()


def test_every_metric_is_explained_and_no_other() -> None:
    ours = {metric.name for metric in REGISTRY.collect() if metric.name.startswith(("sse_", "notifier_", "http_"))}
    assert metrics.connections._name in ours
    explained = {name.removesuffix("_total") for name in re.findall(r"^\| `([a-z_]+)", MANUAL, re.MULTILINE)}
    assert explained == {name.removesuffix("_total") for name in ours}


def test_every_reason_why_streams_end_is_explained() -> None:
    reasons = {sample.labels["reason"] for family in metrics.streams_closed.collect() for sample in family.samples}
    (row,) = re.findall(r"^\| `notifier_streams_closed_total.*$", MANUAL, re.MULTILINE)
    assert [reason for reason in reasons if f"`{reason}`" not in row] == []


def test_settings_are_called_by_their_names() -> None:
    written = set(re.findall(r"NOTIFIER_([A-Z_]+[A-Z])", MANUAL))
    assert written and {name.removesuffix("_FILE") for name in written} <= Settings.model_fields.keys()
