"""Failures, as documented."""

import re

import pytest

from proxy import errors
from proxy.events.refresh import Outcome
from proxy.web.failures import reply_to
from tests.docs.pages import ROOT, page, quoted, table

PAGE = page("troubleshooting")
FAILURES = [
    errors.NameUnknownError(),
    errors.NameUndecidedError("", retry_after=1.0),
    errors.TokenUnavailableError("", retry_after=1.0),
    errors.CrowdedError("", retry_after=1.0),
    errors.CrowdedError(
        "",
        retry_after=1.0,
        problem="too many selections; see limits.selections_per_stream",
    ),
    errors.RefusedError("", status=401),
    errors.RefusedError("", status=403),
    errors.SignatureRefusedError("", status=403),
    errors.NotReadyError("", status=404),
    errors.UnreachableError(""),
    errors.UnreachableError("", timed_out=True),
    errors.AddressRefusedError(),
    errors.RedirectRefusedError(),
    errors.BadAnswerError(),
    errors.ImposterError("", empty=False, exposed=False),
    errors.TruncatedError(),
    errors.StatusError("", status=404),
    errors.StatusError("", status=418),
]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_failures_look_to_players_as_documented(
    error: errors.HlsAuthProxyError,
) -> None:
    """Status and Proxy-Status are in the same row."""
    reply = reply_to(error)
    cause = dict(reply.headers).get("Proxy-Status")
    rows = [
        row[1]
        for row in table(PAGE, "status")
        if row[0] in (str(reply.status), "any other")
    ]
    if cause is None:
        assert "none" in rows
    else:
        assert any(
            text.removesuffix("…") in cause for row in rows for text in quoted(row)
        )


def test_all_failures_are_documented() -> None:
    """Every failure before the first byte is one of those above."""

    def below(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    reached = {type(error) for error in FAILURES}
    ends = below(errors.UpstreamError) | below(errors.NameUnknownError)
    left = {
        kind
        for kind in ends - reached
        if not kind.__subclasses__() and kind.__bases__[0] not in reached
    }
    assert left == set()


def test_all_statuses_of_ours_are_documented() -> None:
    """Every status that the proxy itself sends."""
    code = "".join(path.read_text("utf-8") for path in ROOT.glob("proxy/web/*.py"))
    ours = set(re.findall(r"\brefusal\(\s*([45]\d\d)\b", code))
    assert len(ours) >= 10
    explained = {
        status for row in table(PAGE, "status") for status in row[0].split(", ")
    }
    assert ours <= explained
    assert {status for status in explained if status.isdecimal()} <= ours


def test_the_events_of_tokens_are_listed() -> None:
    """As they are in the log."""
    named = {text for row in table(PAGE, "event") for text in quoted(row[0])}
    outcomes = set(Outcome) - {Outcome.CLOCK_JUMPED}
    assert {f"token {outcome}" for outcome in outcomes} <= named
