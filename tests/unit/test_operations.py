"""docs/operations.md and deploy/alerts.yml name the metrics that the program has."""

from __future__ import annotations

import re

import yaml

from notifier import metrics
from notifier.metrics import registry
from tests.servers.notifier import ROOT

MANUAL = (ROOT / "docs/operations.md").read_text()
RULES = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]


def test_every_metric_is_explained_and_no_other() -> None:
    ours = {metric.name for metric in registry.collect() if metric.name.startswith(("sse_", "notifier_", "http_"))}
    assert metrics.connections._name in ours
    explained = {name.removesuffix("_total") for name in re.findall(r"^\| `([a-z_]+)", MANUAL, re.MULTILINE)}
    assert explained == {name.removesuffix("_total") for name in ours}


def test_every_reason_why_streams_end_is_explained() -> None:
    reasons = {sample.labels["reason"] for family in metrics.streams_closed.collect() for sample in family.samples}
    (row,) = re.findall(r"^\| `notifier_streams_closed_total.*$", MANUAL, re.MULTILINE)
    assert [reason for reason in reasons if f"`{reason}`" not in row] == []


def test_each_alert_links_to_a_section() -> None:
    headings = re.findall(r"^#+ (.*)$", MANUAL, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert [rule["alert"] for rule in RULES if rule["annotations"]["runbook"].partition("#")[2] not in anchors] == []


def test_alerts_use_existing_metrics() -> None:
    ours = {name for family in registry.collect() for name in (family.name, family.name + "_total", family.name + "_bucket")}
    used = {name for rule in RULES for name in re.findall(r"\b(?:notifier|sse|http)_[a-z_]+", rule["expr"])}

    assert used and used <= ours
