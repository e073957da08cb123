"""The loop of media."""

from importlib import resources

import pytest

from proxy.demo.media import AUDIO, PICTURES, Container, bandwidth, load

MOST_BYTES = 1_500_000


@pytest.mark.parametrize("container", Container)
def test_all_renditions_exist(container: Container) -> None:
    """Each picture and the sound, in both containers; only one has init sections."""
    tracks = load(container)

    assert {"360p", "180p", AUDIO} == tracks.keys()
    for track in tracks.values():
        assert bool(track.init) == (container is Container.FMP4)


@pytest.mark.parametrize("picture", PICTURES)
def test_the_named_codec_is_the_encoded_one(picture: object) -> None:
    """CODECS has the profile and level of the init section."""
    name, codec = getattr(picture, "name", ""), getattr(picture, "codec", "")
    init = load(Container.FMP4)[name].init
    at = init.index(b"avcC") + 5

    assert f"avc1.{init[at : at + 3].hex().upper()}" == codec


def test_the_sound_describes_itself_to_decoders() -> None:
    """ISO 14496-1, section 7.2.6.7: without DecoderSpecificInfo browsers refuse it."""
    init = load(Container.FMP4)[AUDIO].init
    at = init.index(b"esds")
    size = int.from_bytes(init[at - 4 : at]) - 4
    # Tag 5 with its length, then ISO 14496-3, section 1.6.2.1: AAC LC, 48 kHz, mono.
    assert b"\x05\x80\x80\x80\x02\x11\x88" in init[at : at + size]


@pytest.mark.parametrize("container", Container)
def test_bandwidth_is_the_peak_of_what_plays_together(container: Container) -> None:
    """RFC 8216, section 4.3.4.2: an upper bound, in bits per second."""
    tracks = load(container)
    largest = tracks["360p"].largest + tracks[AUDIO].largest

    assert round(largest * 8 / 1.92) == bandwidth(tracks["360p"], tracks[AUDIO])


def test_the_media_is_small() -> None:
    """It is part of every clone."""
    files = (resources.files("proxy.demo") / "media").iterdir()

    assert sum(len(file.read_bytes()) for file in files) < MOST_BYTES
