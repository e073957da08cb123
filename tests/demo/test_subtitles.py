"""Generated subtitles."""

import pytest

from proxy.demo.subtitles import segment


def test_a_segment_shows_the_running_time() -> None:
    """Two adjacent cues, in media time (which begins at 10 s)."""
    assert segment(1) == (
        "WEBVTT\n"
        "X-TIMESTAMP-MAP=MPEGTS:1072800,LOCAL:00:00:11.920\n"
        "\n"
        "00:00:11.920 --> 00:00:12.880\n"
        "running for 00:00:01\n"
        "\n"
        "00:00:12.880 --> 00:00:13.840\n"
        "running for 00:00:02\n"
    )


@pytest.mark.parametrize("index", [0, 1, 312, 1_874, 1_875, 49_710])
def test_cues_continue_from_segment_to_segment(index: int) -> None:
    """The last cue of one ends when the first of the next begins."""
    end = segment(index).split(" --> ")[-1].partition("\n")[0]

    assert segment(index + 1).partition("LOCAL:")[2].startswith(end)


def test_media_time_wraps_but_the_cues_do_not() -> None:
    """Media time has 33 bits; the hours continue."""
    text = segment(2**33 // 172_800 + 1)

    assert "MPEGTS:1037008," in text or int(text.split(":")[1].split(",")[0]) < 2**33
    assert "LOCAL:26:30:" in text
