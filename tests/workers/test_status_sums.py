"""The state of a stream that several processes serve."""

import pytest

from proxy.sharing.store_counts import StoreCounts
from proxy.streams.status import StoreStatus, StreamStatus
from proxy.workers.status_sums import status_body, stored, together

USABLE = StreamStatus("a", token_usable=True, token_seconds_left=50.0)
LATER = StreamStatus("a", token_usable=True, token_seconds_left=20.0)
LOST = StreamStatus("a", token_usable=False, last_problem="token: its source failed")
COLD = StreamStatus("a", token_usable=False, token_cold=True, token_seconds_left=-9.0)
UNKNOWN = StreamStatus("a", token_usable=True)
OPEN = StreamStatus("a", renditions=3, names=90)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([USABLE], USABLE),
        ([USABLE, LATER], LATER),
        ([USABLE, UNKNOWN], USABLE),
        (
            [USABLE, LOST],
            StreamStatus(
                "a",
                token_usable=False,
                token_seconds_left=50.0,
                last_problem="token: its source failed",
            ),
        ),
        ([USABLE, COLD], USABLE),
        ([COLD, COLD], COLD),
        (
            [OPEN, StreamStatus("a", renditions=1, names=100)],
            StreamStatus("a", renditions=3, names=100),
        ),
        (
            [StreamStatus("a", family=True, members=n) for n in (4, 2)],
            StreamStatus("a", family=True, members=4),
        ),
    ],
)
def test_the_worst_state_of_a_stream_counts(
    states: list[StreamStatus], whole: StreamStatus
) -> None:
    """A worker that does not play it says nothing about its token."""
    assert together([[status_body(each)] for each in states]) == [whole]


def test_each_stream_is_there_once() -> None:
    """In the order of the configuration, also while it changes."""
    parts = [["a", "b"], ["a", "b", "c"]]
    bodies = [[status_body(StreamStatus(name)) for name in part] for part in parts]
    assert [status.name for status in together(bodies)] == ["a", "b", "c"]
    assert together([]) == []


def test_what_the_store_did_is_added_up() -> None:
    """The ratio is that of the sums."""
    some = StreamStatus("a", store=StoreCounts(hits=3, misses=1).use())
    more = StreamStatus("a", store=StoreCounts(misses=4, saved_bytes=9).use())
    (whole,) = together([[status_body(each)] for each in (some, more, OPEN)])
    assert whole.store == StoreCounts(hits=3, misses=5, saved_bytes=9).use()


def test_what_the_stores_hold_is_added_up() -> None:
    """Each process has its own."""
    held = {"bytes": 1, "budget_bytes": 10, "entries": 2, "evictions": 3}
    assert stored([held, None, held]) == StoreStatus(2, 20, 4, 6)
    assert stored([None]) is None
