"""Metrics, alerts and states in the documentation."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from proxy.events.refresh import Outcome
from proxy.metrics import Metrics
from proxy.sharing.store_counts import StoreCounts
from proxy.streams.status import StoreStatus, StreamStatus
from tests.docs.pages import DOCUMENTS, blocks, name_of, page, quoted, table

PAGE = page("metrics")
OUTCOMES = {str(outcome) for outcome in Outcome} - {Outcome.CLOCK_JUMPED}
# Suffixes of histograms, and series of Prometheus itself.
SUFFIXES = ("_bucket", "_sum", "_count")


def metrics() -> dict[str, set[str]]:
    """Return the labels of each metric, after one event of each kind."""
    numbers = Metrics("0")
    numbers.watch(
        lambda: [
            StreamStatus(
                "s", token_seconds_left=1.0, token_usable=True, renditions=1, names=2
            )
        ]
    )
    counts = StoreCounts(hits=1, kept=1)
    numbers.watch_store(lambda: {"s": counts}, lambda: StoreStatus(1, 2, 1, 0))
    numbers.refreshes.count("s", "refreshed")
    numbers.refreshes.jumped()
    numbers.refreshes.skewed("s", 1.0)
    numbers.exchanges.count("s", "entry", "2xx", 1.0, hedged=True)
    numbers.answers.count("s", 200, 1, 1.0)
    numbers.answers.cut("s", "player")
    numbers.program.workers(2)
    numbers.program.loaded(1.0)
    numbers.program.reloaded("applied")
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(numbers.render().decode()):
        counted = "_total" if family.type == "counter" else ""
        for sample in family.samples:
            # Those of the process have the usual names.
            if not sample.name.startswith("process_"):
                found = labels.setdefault(family.name + counted, set())
                found |= sample.labels.keys() - {"le"}
    return labels


def alerts() -> dict[str, str]:
    """Return the expressions of the alerts, by their names."""
    (text,) = (block for block in blocks(PAGE, "yaml") if "groups:" in block)
    (group,) = yaml.safe_load(text)["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def test_metrics_are_listed_with_their_labels() -> None:
    """All of them, and no others."""
    listed = {quoted(row[0])[0]: set(quoted(row[1])) for row in table(PAGE, "metric")}
    assert listed == metrics()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_metric_named_exists(document: Path) -> None:
    """Anywhere in the documentation."""
    named = re.findall(r"\bhls_auth_proxy_\w+", document.read_text("utf-8"))
    assert set(named) <= metrics().keys()


@pytest.mark.parametrize("alert", alerts())
def test_alerts_use_existing_metrics(alert: str) -> None:
    """Metrics, labels, and outcomes."""
    expression, known = alerts()[alert], metrics()
    found = re.findall(r"\b([a-z_]+)\{(.*?)\}|\b(hls_auth_proxy_\w+)", expression)
    assert found
    for with_labels, labels, alone in found:
        if with_labels != "up":
            named = set(re.findall(r"(\w+)(?:=~|!=|=)", labels))
            assert named <= known[with_labels or alone]
    for outcomes in re.findall(r'outcome=~?"([^"]+)"', expression):
        assert set(outcomes.split("|")) <= OUTCOMES


def test_counters_in_alerts_start_at_0() -> None:
    """Otherwise Prometheus does not see the first failure."""
    numbers = Metrics("0")
    numbers.begin("s", has_token=True)
    series = numbers.render().decode()
    for expression in alerts().values():
        for name, labels in re.findall(r"increase\((\w+)\{(.*?)\}", expression):
            values = re.findall(r'(\w+)=~?"([^"]*)"', labels)
            for label, options in values:
                for value in options.split("|"):
                    wanted = rf'^{name}\{{.*{label}="{value}".*\}} 0\.0$'
                    assert re.search(wanted, series, re.MULTILINE), wanted


def test_advice_is_for_existing_alerts() -> None:
    """By their names."""
    named = {quoted(row[0])[0] for row in table(PAGE, "alert")}
    assert named <= alerts().keys()


def test_the_outcomes_are_explained() -> None:
    """All of them."""
    listed = {quoted(row[0])[0] for row in table(PAGE, "`outcome`")}
    assert listed == OUTCOMES


def test_the_fields_of_the_state_are_explained() -> None:
    """All of `/status.json`."""
    listed = {quoted(row[0])[0] for row in table(PAGE, "field")}
    assert listed == {field.name for field in fields(StreamStatus)}
