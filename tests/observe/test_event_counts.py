"""Events as metrics."""

import pytest

from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.events.event import Event
from proxy.events.exposed_secret import SecretExposed
from proxy.events.playlist_warning import PlaylistWarned, PlaylistWarning
from proxy.events.refresh import Outcome, Refresh
from proxy.events.reload import ConfigurationLoaded, Reloaded, ReloadOutcome
from proxy.events.stream_change import StreamConfigured, StreamRemoved
from proxy.events.upstream import ClockSkew
from proxy.metrics import Metrics
from proxy.observe.event_counts import EventCounts
from tests.metrics.samples import samples
from tests.observe.exchanges import exchange
from tests.observe.visits import visit


def counted(*events: Event) -> dict[str, float]:
    """Return the samples that differ from those before any event."""
    metrics = Metrics("0")
    before = samples(metrics)
    sink = EventCounts(metrics)
    for event in events:
        sink(event)
    ours = {n: v for n, v in samples(metrics).items() if not n.startswith("process_")}
    return {n: v for n, v in ours.items() if before.get(n) != v}


LABELS = "stream=lobby}"


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        *(
            (
                Refresh("lobby", outcome, generation=3),
                f"token_refreshes_total{{outcome={outcome},{LABELS}",
                1.0,
            )
            for outcome in Outcome
            if outcome is not Outcome.CLOCK_JUMPED
        ),
        (
            Refresh("lobby", Outcome.CLOCK_JUMPED, generation=3),
            "clock_jumps_total",
            1.0,
        ),
        (
            exchange(Kind.SEGMENT, 206),
            f"upstream_requests_total{{outcome=2xx,role=segment,{LABELS}",
            1.0,
        ),
        (
            exchange(Kind.SEGMENT, 206),
            "upstream_request_seconds_sum{role=segment}",
            0.1,
        ),
        (
            exchange(Kind.ENTRY, None, Blame.CONNECTION_REFUSED),
            f"upstream_requests_total{{outcome=connection_refused,role=entry,{LABELS}",
            1.0,
        ),
        (
            exchange(Kind.KEY, 200, hedged=True),
            f"upstream_hedges_total{{role=key,{LABELS}",
            1.0,
        ),
        (ClockSkew("lobby", 20.0), f"clock_skew_seconds{{{LABELS}", 20.0),
        (
            visit(status=404, sent=7, head_seconds=0.2),
            f"player_requests_total{{status_class=4xx,{LABELS}",
            1.0,
        ),
        (visit(status=200, sent=7), f"player_bytes_total{{{LABELS}", 7.0),
        (
            visit(status=200, head_seconds=0.2, seconds=9.0),
            "player_request_seconds_sum",
            0.2,
        ),
        (visit(cut="player"), f"player_cuts_total{{cause=player,{LABELS}", 1.0),
        (
            StreamConfigured("lobby", has_token=True),
            f"token_refreshes_total{{outcome=failed,{LABELS}",
            0.0,
        ),
        (
            ConfigurationLoaded(5.0),
            "config_last_reload_success_timestamp_seconds",
            5.0,
        ),
        (
            Reloaded(ReloadOutcome.REFUSED),
            "config_reloads_total{outcome=refused}",
            1.0,
        ),
    ],
)
def test_an_event_is_counted(event: Event, name: str, value: float) -> None:
    """By stream, and by fixed labels."""
    assert counted(event)[name] == value


@pytest.mark.parametrize(
    "event",
    [
        visit(status=None),
        PlaylistWarned("lobby", PlaylistWarning.DRM, "index.m3u8"),
        SecretExposed("lobby", "the token"),
    ],
)
def test_some_events_are_not_counted(event: Event) -> None:
    """A player that leaves while it waits was not answered."""
    assert counted(event) == {}


def test_a_removed_stream_has_no_gauge() -> None:
    """Others keep theirs."""
    skews = ClockSkew("lobby", 40.0), ClockSkew("yard", 40.0)
    assert counted(*skews, StreamRemoved("lobby")) == {
        "clock_skew_seconds{stream=yard}": 40.0
    }


def test_a_refused_reload_is_visible_until_one_succeeds() -> None:
    """An alert uses the gauge."""
    name = "config_last_reload_successful"
    start, refused = ConfigurationLoaded(1.0), Reloaded(ReloadOutcome.REFUSED)
    assert counted(start)[name] == 1
    assert counted(start, refused)[name] == 0
    applied = Reloaded(ReloadOutcome.APPLIED)
    assert counted(start, refused, ConfigurationLoaded(2.0), applied)[name] == 1
