"""The last problem of a stream, in a few words."""

import pytest

from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.events.event import Event
from proxy.events.refresh import Outcome, Reason, Refresh
from proxy.events.upstream import ClockSkew
from proxy.observe.last_problem import LastProblem
from tests.observe.exchanges import exchange

PERMANENT = "token: its source failed, and will until something changes"
REFRESHED = Refresh("lobby", Outcome.REFRESHED, generation=1)
FAILED = Refresh("lobby", Outcome.FAILED, generation=1, reason=Reason.PERMANENT)
ASKED = Refresh("lobby", Outcome.FAILED, generation=1, reason=Reason.ASKED_TO_WAIT)
REJECTED = Refresh("lobby", Outcome.REJECTED, generation=1)
JUMPED = Refresh("lobby", Outcome.CLOCK_JUMPED, generation=1)
REACHED = exchange(Kind.KEY, 404)
REFUSED = exchange(Kind.ENTRY, 403)
ENTERED = exchange(Kind.ENTRY, 200)
OK = exchange(Kind.SEGMENT, 200)
CUT = exchange(Kind.SEGMENT, 200, Blame.INCOMPLETE)
SKEW = ClockSkew("lobby", 90.0)


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([REFRESHED, REACHED, SKEW], None),
        ([FAILED, JUMPED], PERMANENT),
        ([FAILED, REFRESHED], None),
        ([ASKED], "token: its source asked to wait"),
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
        ([FAILED, CUT, FAILED], PERMANENT),
        ([FAILED, CUT, OK], PERMANENT),
    ],
)
def test_the_last_problem_stays_until_the_same_kind_succeeds(
    events: list[Event], problem: str | None
) -> None:
    """A new token does not fix an upstream that is down, or the other way round."""
    last = LastProblem()
    for event in events:
        last(event)
    assert last.text == problem
