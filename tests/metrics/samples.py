"""Parses metrics as Prometheus does."""

from prometheus_client.parser import text_string_to_metric_families

from proxy.metrics import Metrics


def samples(metrics: Metrics) -> dict[str, float]:
    """Return each sample by `name{labels}`, without the namespace."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            name = sample.name.removeprefix("hls_auth_proxy_")
            found[f"{name}{{{labels}}}" if labels else name] = sample.value
    return found
