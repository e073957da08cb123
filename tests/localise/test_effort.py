"""Which playlists are localised in a thread of their own."""

import pytest

from proxy.localise.effort import is_expensive
from tests.localise.test_localiser import draft

PLAIN = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
SEGMENT = "#EXTINF:4,\nsegment.ts\n"
VARIANT = "#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"
KEY = '#EXT-X-KEY:METHOD=AES-128,URI="k"\n'


@pytest.mark.parametrize(
    ("body", "expensive"),
    [
        (PLAIN + 80 * SEGMENT, False),
        (PLAIN + 8_000 * SEGMENT, False),
        (PLAIN + 12_000 * SEGMENT, True),  # more than 200 KB
        (PLAIN + 20 * KEY, False),  # too short to take long
        (PLAIN + 190 * KEY, False),
        (PLAIN + 210 * KEY, True),
        (PLAIN + VARIANT + 2_000 * SEGMENT, True),  # one may have 30 KB
        (PLAIN + 21_000 * "\n", True),
        (PLAIN + 21_000 * "\r", True),
        (PLAIN + 100 * SEGMENT + "#EXT-X-CONTENT-STEERING:SERVER-URI=s\n", True),
    ],
)
def test_long_work_leaves_the_event_loop(body: str, *, expensive: bool) -> None:
    """Recognised by the length, and by lines that take tens of microseconds each."""
    assert is_expensive(draft(body)) is expensive
