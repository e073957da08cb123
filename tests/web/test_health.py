"""Tests of the pages for machines."""

import json
import math

import pytest

from proxy.metrics import Metrics
from proxy.streams.status import StreamStatus
from proxy.web import health
from proxy.web.all_workers import WholeStatus
from proxy.web.configuration import ConfigurationStatus


def test_live_whatever_the_state_of_tokens() -> None:
    """An orchestrator must not restart us because a token service is down."""
    assert health.live().status == 200


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (StreamStatus("lobby", token_usable=True), 200),
        (StreamStatus("lobby", token_usable=None), 200),
        (StreamStatus("lobby", token_usable=False), 503),
        (StreamStatus("lobby", token_usable=False, token_cold=True), 200),
        (StreamStatus("fastpix", family=True, token_usable=False), 200),
    ],
)
def test_ready_when_every_configured_stream_is(
    status: StreamStatus, expected: int
) -> None:
    """Also a stream without a token, or one that gets it with its first player."""
    other = StreamStatus("other", token_usable=True)

    assert health.ready([other, status], draining=False).status == expected


def test_not_ready_while_shutting_down() -> None:
    """So that nothing new is sent here."""
    assert health.ready([], draining=True).status == 503


def test_the_state_is_json() -> None:
    """Everything that is known of each stream, by its name."""
    status = StreamStatus("lobby", token_seconds_left=60.0, token_usable=True)

    (found,) = json.loads(health.state(WholeStatus([status])).body)["streams"]

    assert (found["name"], found["token_seconds_left"]) == ("lobby", 60.0)
    assert found["last_problem"] is None


def test_the_state_is_valid_json() -> None:
    """JSON has no infinity, although Python writes it; None means unknown."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        health.state(WholeStatus([StreamStatus("lobby", token_seconds_left=math.inf)]))


def test_the_metrics_have_their_type() -> None:
    """Prometheus depends on it."""
    reply = health.numbers(Metrics("0").render())

    assert b"hls_auth_proxy_build_info" in reply.body
    assert dict(reply.headers)["Content-Type"].startswith("text/plain; version=")


def test_the_state_includes_the_configuration() -> None:
    """If it can be read again."""
    status = ConfigurationStatus(1.5, "refused", ("a: b; want c",), ("server.listen",))
    body = json.loads(health.state(WholeStatus([]), status).body)
    assert body["configuration"] == {
        "loaded_at": 1.5,
        "last_reload": "refused",
        "problems": ["a: b; want c"],
        "waiting_for_restart": ["server.listen"],
    }
    assert "configuration" not in json.loads(health.state(WholeStatus([])).body)
