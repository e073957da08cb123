"""The text of low-latency playlists."""

from proxy.demo.part_playlist import Parted, low_latency
from proxy.demo.part_timeline import PartTimeline, Spot

BEGAN = 0.0
SHARES = (0.25, 0.25, 0.25, 0.25)


class Plain:
    """The simplest references."""

    rendition = "360p"

    def segment(self, index: int) -> str:
        """Name a segment by its number."""
        return f"{index}.mp4"

    def part(self, part: Spot) -> str:
        """Name a part by its segment's number and its own."""
        return f"{part.segment}.{part.part}.mp4"

    def report(self, rendition: str) -> str:
        """Name a rendition."""
        return f"../{rendition}.m3u8"

    def init(self) -> str | None:
        """Name the init section."""
        return "init.mp4"

    def key(self) -> str | None:
        """Return none."""
        return None


def parted(now: float, *, independent: bool = False) -> Parted:
    """Return the playlist at a time."""
    timeline = PartTimeline(BEGAN)
    edge, window = timeline.next(now), timeline.window(now)
    return Parted(
        window, edge, shares=SHARES, independent=independent, others=["audio"]
    )


def test_the_first_seconds() -> None:
    """One segment, its parts, those of the next one, and a preload hint."""
    assert low_latency(parted(2.9), Plain()) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:9\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES"
        ",PART-HOLD-BACK=1.5,CAN-SKIP-UNTIL=12.0\n"
        "#EXT-X-PART-INF:PART-TARGET=0.5\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        '#EXT-X-MAP:URI="init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z\n"
        '#EXT-X-PART:DURATION=0.48000,URI="0.0.mp4",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.48000,URI="0.1.mp4"\n'
        '#EXT-X-PART:DURATION=0.48000,URI="0.2.mp4"\n'
        '#EXT-X-PART:DURATION=0.48000,URI="0.3.mp4"\n'
        "#EXTINF:1.92,\n"
        "0.mp4\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:01.920Z\n"
        '#EXT-X-PART:DURATION=0.48000,URI="1.0.mp4",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.48000,URI="1.1.mp4"\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1.2.mp4"\n'
        '#EXT-X-RENDITION-REPORT:URI="../audio.m3u8",LAST-MSN=1,LAST-PART=1\n'
    )


def test_old_segments_lose_their_parts() -> None:
    """If they are three target durations before the end."""
    lines = low_latency(parted(600), Plain()).split("\n")

    segments = {
        line.partition('URI="')[2][:3] for line in lines if "EXT-X-PART:" in line
    }
    assert segments == {"309", "310", "311", "312"}


def test_a_delta_update_skips_what_the_player_has() -> None:
    """Everything that ends twelve seconds before the end, with its tags."""
    full = low_latency(parted(600), Plain()).split("\n")
    delta = low_latency(parted(600), Plain(), skip=True).split("\n")

    # The end is at 312 segments and 2 parts, so the skip boundary is in segment 306.
    skipped = delta.index("#EXT-X-SKIP:SKIPPED-SEGMENTS=10")
    assert full[:skipped] == delta[:skipped]
    assert "EXT-X-MAP" not in "\n".join(delta)
    assert delta[skipped + 3] == "306.mp4"
    assert full[full.index("306.mp4") :] == delta[skipped + 3 :]


def test_a_short_playlist_has_no_delta_update() -> None:
    """As long as nothing is older than the skip boundary."""
    assert low_latency(parted(11), Plain()) == low_latency(
        parted(11), Plain(), skip=True
    )


def test_every_part_of_sound_is_independent() -> None:
    """It has no key frames."""
    text = low_latency(parted(2.9, independent=True), Plain())

    assert text.count("EXT-X-PART:") == text.count("INDEPENDENT=YES") == 6
