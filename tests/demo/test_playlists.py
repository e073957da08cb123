"""The text of playlists."""

import m3u8
import pytest

from proxy.demo.media import Container, load
from proxy.demo.playlists import media, multivariant
from proxy.demo.timeline import Window

LINKS = {"360p": "a.m3u8", "180p": "b.m3u8", "audio": "c.m3u8", "subtitles": "d.m3u8"}


class Plain:
    """The simplest references."""

    def __init__(self, *, init: str | None = None, key: str | None = None) -> None:
        self._init = init
        self._key = key

    def segment(self, index: int) -> str:
        """Name a segment by its number."""
        return f"{index}.ts"

    def init(self) -> str | None:
        """Return what the test gave."""
        return self._init

    def key(self) -> str | None:
        """Return what the test gave."""
        return self._key


def test_a_live_playlist() -> None:
    """A window over the end of the loop."""
    window = Window(19, 2, ended=False, began=0.0)

    assert media(window, Plain()) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-MEDIA-SEQUENCE:19\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:36.480Z\n"
        "#EXTINF:1.92,\n"
        "19.ts\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:38.400Z\n"
        "#EXTINF:1.92,\n"
        "20.ts\n"
    )


def test_a_recording_with_init_section_and_key() -> None:
    """The init section comes before the key, so it is not encrypted."""
    text = media(Window(0, 1, ended=True), Plain(init="i.mp4", key="k.bin"))

    assert text == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-MAP:URI="i.mp4"\n'
        '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n'
        "#EXTINF:1.92,\n"
        "0.ts\n"
        "#EXT-X-ENDLIST\n"
    )


@pytest.mark.parametrize("container", Container)
def test_the_entry_lists_every_rendition(container: Container) -> None:
    """Two pictures, sound and text, according to an independent parser."""
    parsed = m3u8.loads(multivariant(load(container), LINKS, subtitles=True))

    assert [playlist.uri for playlist in parsed.playlists] == ["a.m3u8", "b.m3u8"]
    assert [item.uri for item in parsed.media] == ["c.m3u8", "d.m3u8"]
    assert [item.type for item in parsed.media] == ["AUDIO", "SUBTITLES"]
    for playlist in parsed.playlists:
        assert playlist.stream_info.audio == "sound"
        assert playlist.stream_info.subtitles == "text"


def test_subtitles_can_be_left_out() -> None:
    """Neither listed nor referred to."""
    text = multivariant(load(Container.TS), LINKS, subtitles=False)

    assert "SUBTITLES" not in text
    assert "d.m3u8" not in text
