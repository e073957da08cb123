"""Histograms of durations."""

from prometheus_client import generate_latest

from proxy.metrics.times import Durations


def lines(times: Durations) -> list[str]:
    """Return the lines for Prometheus, without names."""
    found = [
        line
        for line in generate_latest(times).decode().splitlines()
        if not line.startswith("#")
    ]
    return [line.removeprefix("hls_auth_proxy_wait_") for line in found]


def test_a_bucket_includes_all_shorter_times() -> None:
    """Including its bound; the last one includes everything."""
    times = Durations("wait", "Waits", ("role",))
    for seconds in (0.005, 0.1, 31.0):
        times.add(seconds, "key")
    found = lines(times)
    assert found[0] == 'bucket{le="0.005",role="key"} 1.0'
    assert found[2] == 'bucket{le="0.1",role="key"} 2.0'
    assert found[-4:] == [
        'bucket{le="30.0",role="key"} 2.0',
        'bucket{le="+Inf",role="key"} 3.0',
        'count{role="key"} 3.0',
        'sum{role="key"} 31.105',
    ]
