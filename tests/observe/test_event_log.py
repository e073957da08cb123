"""Events as log lines."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from proxy import log
from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.events.event import Event
from proxy.events.exposed_secret import SecretExposed
from proxy.events.playlist_warning import PlaylistWarned, PlaylistWarning
from proxy.events.refresh import Outcome, Reason, Refresh
from proxy.events.reload import ConfigurationLoaded, Reloaded, ReloadOutcome
from proxy.events.stream_change import StreamConfigured, StreamRemoved
from proxy.events.upstream import ClockSkew, Exchange
from proxy.observe.event_log import EventLog
from tests.observe.visits import visit


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Restore the logging of the process."""
    yield
    structlog.reset_defaults()


def written(*events: Event, level: log.Level = "debug") -> list[dict[str, Any]]:
    """Return the log lines of these events, without the time."""
    out = io.StringIO()
    log.configure(out, form="json", level=level)
    sink = EventLog()
    for event in events:
        sink(event)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert all(line.pop("timestamp") for line in lines)
    return lines


def test_a_request_is_one_line() -> None:
    """Method, stream, name, status, bytes and time; no query, no raw path."""
    assert written(visit(status=200, sent=7, seconds=2.0004)) == [
        {
            "event": "request",
            "level": "info",
            "method": "GET",
            "stream": "lobby",
            "name": "main/seg1.ts",
            "status": 200,
            "bytes": 7,
            "seconds": 2.0,
        }
    ]


def test_a_failed_request_has_its_reason() -> None:
    """The problem, its detail, and who ended the answer."""
    (line,) = written(visit(status=502, problem="x", detail="more", cut="upstream"))
    assert list(line)[-5:] == ["problem", "detail", "cut", "event", "level"]
    assert [line[key] for key in ("problem", "detail", "cut")] == [
        *("x", "more", "upstream")
    ]


@pytest.mark.parametrize(
    ("status", "page", "level"),
    [
        (404, False, "info"),
        (502, False, "warning"),
        (None, False, "info"),
        (200, True, "debug"),
        (503, True, "debug"),
    ],
)
def test_failures_that_viewers_notice_are_warnings(
    status: int | None,
    page: bool,  # noqa: FBT001 - both
    level: str,
) -> None:
    """An unknown name is not one; probes would fill the log."""
    (line,) = written(visit(status=status, page=page))
    assert line["level"] == level


def test_a_long_name_is_cut() -> None:
    """A player may request 8 KiB of letters."""
    (line,) = written(visit(path="a" * 8000))
    assert len(line["name"]) == 200


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.REFRESHED, "info"),
        (Outcome.MINTED, "debug"),
        (Outcome.UNCHANGED, "info"),
        (Outcome.FAILED, "warning"),
        (Outcome.REJECTED, "warning"),
        (Outcome.CLOCK_JUMPED, "info"),
    ],
)
def test_each_refresh_is_a_line(outcome: Outcome, level: str) -> None:
    """A failure is a warning; tokens per request are not logged."""
    assert written(
        Refresh(
            "lobby",
            outcome,
            generation=3,
            lives=10.000472,
            reason=Reason.FAULT,
            detail="timed out",
        )
    ) == [
        {
            "event": f"token {outcome}",
            "level": level,
            "stream": "lobby",
            "generation": 3,
            "lifetime_seconds": 10.0,
            "reason": "fault",
            "detail": "timed out",
        }
    ]


@pytest.mark.parametrize(
    ("status", "failure", "level"),
    [
        (206, None, "debug"),
        (404, None, "debug"),
        (403, None, "info"),
        (None, Blame.CONNECTION_REFUSED, "warning"),
    ],
)
def test_a_request_upstream_is_a_line(
    status: int | None, failure: Blame | None, level: str
) -> None:
    """A failure is a warning, and so is a refusal."""
    exchange = Exchange("lobby", Kind.KEY, status, failure, 0.1, 60.0, 5)
    (line,) = written(exchange)
    assert line["level"] == level
    assert (line["event"], line["role"], line["bytes"]) == ("upstream", "key", 5)
    assert line.get("failure") == (failure and str(failure))
    assert len(written(exchange, level="info")) == (level != "debug")


def test_a_line_has_only_known_fields() -> None:
    """For an exchange, and for a token of unknown expiry."""
    lines = written(
        Refresh("lobby", Outcome.REFRESHED, generation=1),
        Exchange("lobby", Kind.ENTRY, 200, None, 0.1, 0.1, 9),
    )
    assert all(None not in line.values() for line in lines)


@pytest.mark.parametrize(
    ("warning", "more", "about"),
    [
        (PlaylistWarning.DRM, "", "protected by DRM, which is not proxied"),
        (
            PlaylistWarning.ADDRESS,
            "https://a.test, https://b.test",
            "see origins and follow: https://a.test, https://b.test",
        ),
    ],
)
def test_a_warning_is_a_sentence(
    warning: PlaylistWarning, more: str, about: str
) -> None:
    """For example that DRM will not play, and which origins are not allowed."""
    (line,) = written(PlaylistWarned("lobby", warning, "index.m3u8", more))
    assert about in line["about"]
    assert (line["event"], line["path"]) == ("playlist", "index.m3u8")


def test_a_wrong_clock_is_reported_once_until_it_is_corrected() -> None:
    """Between the two limits a warning neither starts nor ends."""
    means = (20.0, 31.0, 45.0, 25.0, 31.0, 19.0, -25.0, -31.0)
    first, second = written(*(ClockSkew("lobby", mean) for mean in means))
    assert "ahead of this machine" in first["about"]
    assert "behind this machine" in second["about"]
    assert (first["event"], first["level"]) == ("clock skew", "warning")
    assert (first["seconds"], second["seconds"]) == (31, -31)


def test_each_stream_has_its_own_warnings() -> None:
    """Also a stream that was removed and comes back."""
    skew, secret = ClockSkew("lobby", 90.0), SecretExposed("lobby", "the token")
    other = ClockSkew("yard", 90.0)
    removed = StreamRemoved("lobby")
    lines = written(skew, secret, other, skew, secret, removed, skew, secret, other)
    assert [(line["event"], line.get("stream")) for line in lines] == [
        ("clock skew", "lobby"),
        ("short secret", "lobby"),
        ("clock skew", "yard"),
        ("clock skew", "lobby"),
        ("short secret", "lobby"),
    ]


def test_an_exposed_secret_is_reported_once() -> None:
    """By its name, never by its value."""
    exposed = SecretExposed("lobby", "the token")
    (line,) = written(exposed, SecretExposed("lobby", "the token"))
    assert line["about"].startswith(
        "the token: shorter than 8 characters or a number, so it cannot be removed"
    )


def test_a_reload_is_reported_with_its_changes() -> None:
    """Settings that wait for a restart are named."""
    lines = written(
        Reloaded(
            ReloadOutcome.APPLIED,
            added=("a", "b"),
            removed=("c",),
            waiting=("server.listen",),
        )
    )
    assert lines == [
        {
            "event": "configuration",
            "level": "info",
            "outcome": "applied",
            "added": "a, b",
            "replaced": None,
            "removed": "c",
        },
        {
            "event": "configuration waits",
            "level": "warning",
            "key": "server.listen",
            "about": "takes effect at a restart",
        },
    ]


def test_a_refused_reload_is_reported_with_each_problem() -> None:
    """Each is its own line."""
    lines = written(Reloaded(ReloadOutcome.REFUSED, problems=("first", "second")))
    assert lines == [
        {"event": "configuration refused", "level": "error", "problem": problem}
        for problem in ("first", "second")
    ]


def test_a_reload_applies_the_settings_of_the_log() -> None:
    """Level, format, and destination."""
    before, after = io.StringIO(), io.StringIO()
    log.configure(before, form="json", level="error")
    sink, fine = EventLog(), Exchange("lobby", Kind.KEY, 200, None, 0.1, 0.1, 1)
    sink(fine)
    log.configure(after, form="json", level="debug")
    sink(ConfigurationLoaded(1.0))
    sink(Reloaded(ReloadOutcome.APPLIED))
    sink(fine)
    events = [json.loads(line)["event"] for line in after.getvalue().splitlines()]
    assert (before.getvalue(), events) == ("", ["configuration", "upstream"])


@pytest.mark.parametrize(
    "event", [StreamConfigured("lobby", has_token=True), ConfigurationLoaded(1.0)]
)
def test_some_events_are_not_logged(event: Event) -> None:
    """They are only counted."""
    assert written(event) == []
