"""The state of the streams."""

from proxy.metrics import Metrics
from proxy.streams.status import StreamStatus
from tests.metrics.samples import samples


def test_tokens_are_read_when_metrics_are_requested() -> None:
    """So the remaining time is current."""
    statuses = [
        StreamStatus("lobby", token_seconds_left=59.5, token_usable=True, names=7),
        StreamStatus("open", renditions=2, names=1),
        StreamStatus("dead", token_usable=False),
    ]
    metrics = Metrics("0")
    metrics.watch(lambda: statuses)

    found = samples(metrics)

    assert found["token_seconds_left{stream=lobby}"] == 59.5
    assert "token_seconds_left{stream=open}" not in found
    assert found["token_usable{stream=lobby}"] == 1
    assert found["token_usable{stream=dead}"] == 0
    assert "token_usable{stream=open}" not in found
    assert found["names{stream=lobby}"] == 7
    assert "names{stream=open}" not in found
    assert "renditions{stream=lobby}" not in found
    assert found["renditions{stream=open}"] == 2

    statuses[0] = StreamStatus("lobby", token_seconds_left=1.0, token_usable=True)
    assert samples(metrics)["token_seconds_left{stream=lobby}"] == 1


def test_a_cold_token_that_expires_is_no_alarm() -> None:
    """Streams that nobody plays do not report the remaining time."""
    metrics = Metrics("0")
    left = StreamStatus(
        "left", token_seconds_left=5.0, token_usable=True, token_cold=True
    )
    ended = StreamStatus(
        "ended", token_seconds_left=-5.0, token_usable=False, token_cold=True
    )
    metrics.watch(lambda: [left, ended])

    found = samples(metrics)

    assert found["token_usable{stream=left}"] == 1
    assert [name for name in found if "token_seconds_left" in name] == []
    assert "token_usable{stream=ended}" not in found
