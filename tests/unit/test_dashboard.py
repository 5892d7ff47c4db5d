"""deploy/grafana.json and deploy/alerts.yml against a recorded scrape, and by Prometheus itself where it is installed.

`scrape.prom` was recorded from a server of two workers after some sends, streams and errors.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from notifier import metrics
from tests.servers.notifier import ROOT
from tests.servers.port import Port
from tests.servers.process import Process
from tests.waiting import eventually

SCRAPE = (Path(__file__).parent / "scrape.prom").read_text()
SAMPLES = [sample for family in text_string_to_metric_families(SCRAPE) for sample in family.samples]
PANELS = json.loads((ROOT / "deploy/grafana.json").read_text())["panels"]
QUERIES = [target["expr"].replace("$instance", ".*") for panel in PANELS for target in panel["targets"]]
RULES = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]
# They have labels, and no values before the first delivery by e-mail.
UNRECORDED = {"notifier_deliveries_total", "notifier_outbox_waiting", "notifier_outbox_age_seconds"}
_SCRAPES, _APART_SECONDS = 60, 15


def metrics_in(query: str) -> set[str]:
    return set(re.findall(r"\b(?:notifier|sse|http|process)_[a-z_]+", query))


def test_queries_use_metrics_and_labels_of_the_scrape() -> None:
    labels: dict[str, set[str]] = {}
    for sample in SAMPLES:
        labels.setdefault(sample.name, {"__name__", "instance", "job"}).update(sample.labels)
    wrong = []
    for query in QUERIES + [rule["expr"] for rule in RULES]:
        used = metrics_in(query) - UNRECORDED
        asked = set(re.findall(r"[{,](\w+)=", query)) | {name for by in re.findall(r"by \(([\w, ]+)\)", query) for name in by.split(", ")}
        there = set(re.findall(r'label_replace\(.*?, "(\w+)"', query)).union(*(labels.get(name, set()) for name in used))
        wrong += [f"{query}: {name}" for name in used - labels.keys()]
        wrong += [f"{query}: {name}" for name in asked - there if used]

    assert wrong == []


def test_dashboard_shows_every_metric() -> None:
    families = [family for family in metrics.registry.collect() if family.name.startswith(("notifier_", "sse_", "http_"))]
    assert "sse_connections_total" in metrics_in(QUERIES[0])  # a gauge, in spite of its name
    shown = {re.sub(r"_(total|bucket)$", "", name) for query in QUERIES for name in metrics_in(query)}
    by_name = re.search(r'__name__=~"([^"]+)"', QUERIES[-1])
    assert by_name
    counters = {family.name for family in families if family.type == "counter" and re.fullmatch(by_name[1], f"{family.name}_total")}

    assert "notifier_messages" in counters
    assert {family.name for family in families} - shown - counters - {"notifier_outbox_age_seconds", "sse_connections_total"} == set()


def test_one_panel_shows_the_counters_by_name(prometheus: httpx.Client) -> None:
    answer = prometheus.get("/api/v1/query", params={"query": QUERIES[-1], "time": time.time() - _APART_SECONDS})
    recorded = {sample.name.removesuffix("_total") for sample in SAMPLES if re.match("(notifier|sse|http)_.*_total$", sample.name)}
    recorded -= {"sse_connections"}

    assert {row["metric"]["counter"] for row in answer.json()["data"]["result"]} == recorded


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A Prometheus with a quarter of an hour of scrapes, in which all counters rise."""
    promtool, program = (shutil.which(name) for name in ("promtool", "prometheus"))
    if not (promtool and program):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no prometheus on PATH (Debian: prometheus)")
    home = tmp_path_factory.mktemp("prometheus")
    (home / "scrapes").write_text(history())
    blocks: list[str | Path] = [promtool, "tsdb", "create-blocks-from", "openmetrics", home / "scrapes", home / "data"]
    subprocess.run(blocks, check=True, capture_output=True)
    (home / "prometheus.yml").write_text(f"rule_files: [{json.dumps(str(ROOT / 'deploy/alerts.yml'))}]\n")
    port = Port()
    port.release()
    options = [f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data", f"--web.listen-address=127.0.0.1:{port.number}"]
    process = Process([program, *options], log=home / "log", cwd=home, env=os.environ)
    with httpx.Client(base_url=f"http://127.0.0.1:{port.number}", trust_env=False) as client:
        try:
            eventually(lambda: answers(client), within=30, why=lambda: (home / "log").read_text()[-2000:])
            yield client
        finally:
            process.kill()


def history() -> str:
    """The scrape as OpenMetrics, at each of its times."""
    end = time.time()
    lines = []
    for sample in SAMPLES:
        labels = ",".join(f"{name}={json.dumps(value)}" for name, value in (sample.labels | {"instance": "one", "job": "notifier"}).items())
        rises = sample.name.endswith(("_total", "_bucket", "_count", "_sum")) and sample.name != "sse_connections_total"
        for number in range(_SCRAPES):
            at = end - (_SCRAPES - number) * _APART_SECONDS
            lines.append(f"{sample.name}{{{labels}}} {sample.value + number * rises * (1 + sample.value)} {at:.3f}")
    return "\n".join([*lines, "# EOF", ""])


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_prometheus_evaluates_every_query(prometheus: httpx.Client) -> None:
    wrong = []
    for query in QUERIES:
        answer = prometheus.get("/api/v1/query", params={"query": query.replace("[1h]", "[10m]"), "time": time.time() - _APART_SECONDS})
        if answer.status_code != 200 or not (answer.json()["data"]["result"] or metrics_in(query) & UNRECORDED):
            wrong.append(f"{query}: {answer.text}")

    assert wrong == []


def test_prometheus_accepts_every_alert(prometheus: httpx.Client) -> None:
    (group,) = prometheus.get("/api/v1/rules").json()["data"]["groups"]

    assert [rule["name"] for rule in group["rules"]] == [rule["alert"] for rule in RULES]
