"""The metrics of requests sent upstream."""

from proxy.metrics import Metrics
from tests.metrics.samples import samples


def test_requests_are_counted_by_stream_role_and_outcome() -> None:
    """Those on a second connection are among them."""
    metrics = Metrics("0")
    metrics.exchanges.count("lobby", "segment", "ok", 0.02)
    metrics.exchanges.count("lobby", "segment", "ok", 0.03, hedged=True)
    found = samples(metrics)
    labels = "{outcome=ok,role=segment,stream=lobby}"
    assert found[f"upstream_requests_total{labels}"] == 2
    assert found["upstream_request_seconds_sum{role=segment}"] == 0.05
    assert found["upstream_hedges_total{role=segment,stream=lobby}"] == 1
