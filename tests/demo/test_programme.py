"""The content of the demo."""

import pytest

from proxy.demo.media import Container
from proxy.demo.programme import ENCRYPTED, Programme, decrypt, encrypt
from proxy.demo.reader import starts_at
from proxy.demo.timeline import Live, recording

BEGAN = 1_000_000.0
NOW = BEGAN + 600
KEY = bytes(range(16))


@pytest.fixture(params=Container)
def vod(request: pytest.FixtureRequest) -> Programme:
    """Return a recording of a minute."""
    return Programme("demo", request.param, recording(60))


def test_all_renditions_begin_a_segment_at_the_same_time(vod: Programme) -> None:
    """Picture, sound and text of a segment stay aligned, also after loops."""
    for number in (0, 9, 10, 31):
        begins = set()
        for rendition in ("360p", "audio", "subtitles"):
            piece = vod.piece(rendition, str(number), now=NOW)
            init = vod.piece(rendition, "init", now=NOW)
            assert piece
            begins.add(starts_at(piece.body, init.body if init else None))
        assert begins == {10 + number * 1.92}


@pytest.mark.parametrize("rendition", sorted(ENCRYPTED))
def test_an_encrypted_segment_opens_with_the_key(
    vod: Programme, rendition: str
) -> None:
    """AES-128 in CBC mode, with the media sequence number as IV."""
    piece, init = (vod.piece(rendition, name, now=NOW) for name in ("12", "init"))
    assert piece

    with pytest.raises(ValueError, match=r"box|packet"):
        starts_at(piece.body, init.body if init else None)
    clear = decrypt(piece.body, vod.key.body, 12)
    assert starts_at(clear, init.body if init else None) == 10 + 12 * 1.92


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 1000])
def test_encryption_is_undone_by_decryption(length: int) -> None:
    """Padding as RFC 5652, section 6.3: always some, at most a block."""
    body = bytes(length)

    sealed = encrypt(body, KEY, 7)

    assert body == decrypt(sealed, KEY, 7)
    assert length // 16 * 16 + 16 == len(sealed)


@pytest.mark.parametrize(("rendition", "name"), [("nothing", "0"), ("360p", "32")])
def test_missing_content_is_none(vod: Programme, rendition: str, name: str) -> None:
    """No such rendition, no such segment."""
    assert vod.piece(rendition, name, now=NOW) is None


def test_text_and_transport_streams_need_no_init_section() -> None:
    """Only fragmented MP4 has one, and only for picture and sound."""
    ts = Programme("demo", Container.TS, recording(60))
    fmp4 = Programme("demo", Container.FMP4, recording(60))

    assert ts.piece("360p", "init", now=NOW) is None
    assert fmp4.piece("subtitles", "init", now=NOW) is None
    assert fmp4.piece("nothing", "init", now=NOW) is None
    assert fmp4.piece("360p", "init", now=NOW)


@pytest.mark.parametrize(
    ("container", "rendition", "extension", "content_type"),
    [
        (Container.TS, "360p", "ts", "video/mp2t"),
        (Container.TS, "audio", "ts", "video/mp2t"),
        (Container.FMP4, "360p", "mp4", "video/mp4"),
        (Container.FMP4, "audio", "mp4", "audio/mp4"),
        (Container.FMP4, "subtitles", "vtt", "text/vtt"),
    ],
)
def test_extension_and_type_match(
    container: Container, rendition: str, extension: str, content_type: str
) -> None:
    """FFmpeg refuses a segment whose extension does not match its content."""
    programme = Programme("demo", container, recording(60))
    piece = programme.piece(rendition, "0", now=NOW)

    assert piece
    assert content_type == piece.content_type
    assert extension == programme.extension(rendition)


def test_future_segments_are_not_available() -> None:
    """A live segment exists once all of it has happened."""
    live = Programme("demo", Container.TS, Live(BEGAN))

    assert live.piece("360p", "311", now=NOW)
    assert live.piece("360p", "312", now=NOW) is None


def test_encryption_can_be_switched_off(vod: Programme) -> None:
    """Then no rendition needs the key."""
    clear = Programme("demo", vod.container, recording(60), encrypted=frozenset())
    for rendition in ENCRYPTED:
        piece, init = (clear.piece(rendition, name, now=NOW) for name in ("12", "init"))
        assert piece
        assert vod.encrypts(rendition)
        assert not clear.encrypts(rendition)
        begins = starts_at(piece.body, init.body if init else None)
        assert begins == 10 + 12 * 1.92
