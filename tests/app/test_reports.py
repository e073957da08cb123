"""What the parts report, told to the log and to the metrics."""

import io
from collections.abc import Iterator

import pytest
import structlog

from proxy import log
from proxy.app.reports import Reports
from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.localise.playlist_warnings import PlaylistWarning
from proxy.metrics import Metrics
from proxy.tokens.report import Outcome, Reason, Refresh
from proxy.upstream.question import Exchange

SERIES = "hls_auth_proxy_token_refreshes_total"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Give what is logged, all of it."""
    stream = io.StringIO()
    log.configure(stream, form="json", level="debug")
    yield stream
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.REFRESHED, "info"),
        (Outcome.MINTED, "debug"),
        (Outcome.UNCHANGED, "info"),
        (Outcome.FAILED, "warning"),
        (Outcome.REJECTED, "warning"),
    ],
)
def test_a_refresh_is_logged_counted_and_watched(
    said: io.StringIO, outcome: Outcome, level: str
) -> None:
    """The same event in all three; trouble is a warning."""
    metrics, watched = Metrics("0"), list[Refresh]()
    refresh = Refresh(
        "lobby",
        outcome,
        generation=3,
        lives=60.0,
        reason=Reason.FAULT,
        detail="timed out",
    )
    Reports("lobby", metrics, watched.append).refresh(refresh)
    assert f'"level": "{level}"' in said.getvalue()
    assert f'"token {outcome}"' in said.getvalue()
    assert watched == [refresh]
    counted = f'{SERIES}{{outcome="{outcome}",stream="lobby"}} 1.0'
    assert counted in metrics.render().decode()


def test_a_clock_jump_is_no_refresh(said: io.StringIO) -> None:
    """It has a counter of its own."""
    metrics = Metrics("0")
    Reports("lobby", metrics, lambda _: None).refresh(
        Refresh("lobby", Outcome.CLOCK_JUMPED, generation=3)
    )
    assert "clock_jumps_total 1.0" in metrics.render().decode()
    assert "clock-jumped" in said.getvalue()


@pytest.mark.parametrize(
    ("exchange", "outcome", "level"),
    [
        (Exchange(Kind.SEGMENT, 206, None, 0.1, 60.0, 5), "2xx", "debug"),
        (
            Exchange(Kind.ENTRY, None, Blame.CONNECTION_REFUSED, 0.1, 0.1, 0),
            "connection_refused",
            "warning",
        ),
        (Exchange(Kind.KEY, 403, None, 0.1, 0.1, 0), "4xx", "info"),
        (Exchange(Kind.KEY, 404, None, 0.1, 0.1, 0), "4xx", "debug"),
    ],
)
def test_a_request_upstream_is_logged_and_counted(
    said: io.StringIO, exchange: Exchange, outcome: str, level: str
) -> None:
    """By role and outcome."""
    metrics = Metrics("0")
    Reports("lobby", metrics, lambda _: None).exchange(exchange)
    labels = f'outcome="{outcome}",role="{exchange.kind}",stream="lobby"'
    numbers = metrics.render().decode()
    assert f"upstream_requests_total{{{labels}}} 1.0" in numbers
    labels = f'role="{exchange.kind}",stream="lobby"'
    role = f'role="{exchange.kind}"'
    assert f"upstream_request_seconds_sum{{{role}}} 0.1" in numbers
    assert f'"level": "{level}"' in said.getvalue()


PERMANENT = "token: its source failed, and will until something changes"
REFRESHED = Refresh("lobby", Outcome.REFRESHED, generation=1)
FAILED = Refresh("lobby", Outcome.FAILED, generation=1, reason=Reason.PERMANENT)
REJECTED = Refresh("lobby", Outcome.REJECTED, generation=1)
JUMPED = Refresh("lobby", Outcome.CLOCK_JUMPED, generation=1)
REACHED = Exchange(Kind.KEY, 404, None, 0.1, 0.1, 0)
REFUSED = Exchange(Kind.ENTRY, 403, None, 0.1, 0.1, 0)
ENTERED = Exchange(Kind.ENTRY, 200, None, 0.1, 0.1, 9)
OK = Exchange(Kind.SEGMENT, 200, None, 0.1, 0.1, 9)
CUT = Exchange(Kind.SEGMENT, 200, Blame.INCOMPLETE, 0.1, 0.1, 0)


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([REFRESHED, REACHED], None),
        (
            [FAILED, JUMPED],
            PERMANENT,
        ),
        ([FAILED, REFRESHED], None),
        ([REJECTED], "token: the upstream refuses it"),
        ([REJECTED, REFRESHED, REFUSED], "upstream, entry: status 403"),
        ([REJECTED, OK], None),
        ([CUT], "upstream, segment: http_response_incomplete"),
        ([CUT, OK], None),
        ([REFUSED, OK], "upstream, entry: status 403"),
        ([REFUSED], "upstream, entry: status 403"),
        ([REFUSED, ENTERED], None),
        ([FAILED, CUT], "upstream, segment: http_response_incomplete"),
        ([CUT, FAILED], PERMANENT),
        (
            [FAILED, CUT, FAILED],
            PERMANENT,
        ),
        (
            [FAILED, CUT, OK],
            PERMANENT,
        ),
    ],
)
def test_the_last_problem_stays_until_its_sort_succeeds(
    events: list[Refresh | Exchange], problem: str | None
) -> None:
    """A token that comes does not mend an upstream that is down, nor the reverse."""
    reports = Reports("lobby", Metrics("0"), lambda _: None)
    for event in events:
        if isinstance(event, Refresh):
            reports.refresh(event)
        else:
            reports.exchange(event)
    assert reports.last_problem == problem


def test_a_warning_is_told_in_words(said: io.StringIO) -> None:
    """An operator reads at once that DRM will not play."""
    Reports("lobby", Metrics("0"), lambda _: None).playlist_warning(
        PlaylistWarning.DRM, "index.m3u8"
    )
    assert "DRM, which is not proxied" in said.getvalue()


def test_a_warning_is_told_with_what_more_is_known(said: io.StringIO) -> None:
    """Which origins are not allowed."""
    reports = Reports("lobby", Metrics("0"), lambda _: None)
    reports.playlist_warning(
        PlaylistWarning.ADDRESS, "index.m3u8", "https://a.test, https://b.test"
    )
    assert "see origins and follow: https://a.test, https://b.test" in said.getvalue()


def test_a_clock_that_is_far_off_is_told_once_until_it_was_right(
    said: io.StringIO,
) -> None:
    """The mean is a number at any time; one slow answer warns of nothing."""
    metrics = Metrics("0")
    reports = Reports("lobby", metrics, lambda _: None)
    reports.skewed(0.0)
    reports.skewed(100.0)
    assert "clock skew" not in said.getvalue()
    assert 'clock_skew_seconds{stream="lobby"} 20.0' in metrics.render().decode()
    for skew in (45.0, 0.0, -45.0):
        for _ in range(30):
            reports.skewed(skew)
    lines = [line for line in said.getvalue().splitlines() if "clock skew" in line]
    assert len(lines) == 2
    assert "ahead of this machine" in lines[0]
    assert "behind this machine" in lines[1]
    assert '"level": "warning"' in lines[0]


def test_a_secret_that_cannot_be_kept_is_told_once(said: io.StringIO) -> None:
    """By what it is, never by its value."""
    reports = Reports("lobby", Metrics("0"), lambda _: None)
    reports.exposed("the token")
    reports.exposed("the token")
    (line,) = said.getvalue().splitlines()
    assert '"about": "the token: shorter than 8 characters or a number' in line


def test_a_line_holds_only_what_is_known(said: io.StringIO) -> None:
    """And a lifetime to the tenth of a second."""
    reports = Reports("lobby", Metrics("0"), lambda _: None)
    reports.refresh(Refresh("lobby", Outcome.REFRESHED, generation=1, lives=10.000472))
    reports.exchange(Exchange(Kind.ENTRY, 200, None, 0.1, 0.1, 9))
    assert "null" not in said.getvalue()
    assert '"lifetime_seconds": 10.0' in said.getvalue()
