"""Which bodies are text, and which are media."""

import random

import pytest

from proxy.core.hls.text_bodies import (
    SAMPLE_BYTES,
    is_called_text,
    is_surely_text,
    may_be_text,
)
from proxy.core.kind import Kind

CUES = "WEBVTT\n\n00:00.000 --> 00:04.000\nGrüße, 字幕\n" * 20
RANDOM = random.Random(1)  # noqa: S311 - bytes like those of encrypted segments
PACKET = b"\x47\x40\x00\x10\x00\x00\xb0\x0d".ljust(188, b"\xff")


@pytest.mark.parametrize(
    ("kind", "said", "url", "called"),
    [
        (Kind.SEGMENT, "text/vtt; charset=utf-8", "https://h/s", True),
        (Kind.SEGMENT, "APPLICATION/TTML+XML", "https://h/s", True),
        (Kind.SEGMENT, "application/json", "https://h/s", True),
        (Kind.SEGMENT, "video/mp2t", "https://h/s.VTT?a=b", True),
        (Kind.SEGMENT, "", "https://h/s.srt", True),
        (Kind.OTHER, "", "https://h/s.json", True),
        (Kind.SESSION_DATA, "", "https://h/s", True),
        (Kind.SEGMENT, "video/mp2t", "https://h/s.ts", False),
        (Kind.SEGMENT, "text/plain", "https://h/s.ts", False),
        (Kind.SEGMENT, "", "https://h/s.ts?f=a.vtt", False),
        (Kind.MAP, "video/mp4", "https://h/init.mp4", False),
    ],
)
def test_what_is_called_text(kind: Kind, said: str, url: str, *, called: bool) -> None:
    """By its tag, its type or its name; text/plain is what servers say of anything."""
    assert is_called_text(kind, said, url) is called
    assert is_called_text(kind, said, "https://h/x.ts", url) is called


@pytest.mark.parametrize("coding", ["utf-8", "utf-16", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("control", ["", "\0", "\a", "\x7f", "\b" * 3])
def test_text_is_text_with_some_control_characters(coding: str, control: str) -> None:
    """In any width."""
    head = f"{CUES[:30]}{control}{CUES[30:]}".encode(coding)[:SAMPLE_BYTES]
    assert may_be_text(head)


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("size", [4, 40, 64])
def test_a_few_bytes_are_surely_text(coding: str, size: int) -> None:
    """Though the last character may be cut."""
    assert is_surely_text(CUES.encode(coding)[:size])


def test_a_character_that_is_cut_is_none_that_is_wrong() -> None:
    """Only the end may be missing."""
    assert is_surely_text("Grüß".encode()[:-1])
    assert not is_surely_text("Grüß".encode()[:-1] + b"e")
    assert not is_surely_text(b"")


@pytest.mark.parametrize(
    "head",
    [
        PACKET * 3,
        b"\x00\x00\x00\x18ftypiso5" + bytes(500),
        b"\x00\x00\x00\x68styp" + b" " * 500,
        b"\x89PNG\r\n\x1a\n" + b" " * 500,
        b"\xff\xd8\xff\xe0" + b" " * 500,
        b"RIFF\x20\x20\x20\x20WEBPVP8 " + b" " * 500,
        b"\x1aE\xdf\xa3" + b" " * 500,
    ],
)
def test_media_are_known(head: bytes) -> None:
    """Transport streams, MP4, pictures, Matroska; blanks behind them change nothing."""
    assert not may_be_text(head[:SAMPLE_BYTES])
    if not head.startswith(b"G"):
        assert not is_surely_text(head[:64])


def test_what_is_encrypted_or_compressed_is_no_text() -> None:
    """A thousand segments of each length, and none that is read for nothing."""
    for _ in range(1000):
        head = RANDOM.randbytes(SAMPLE_BYTES)
        assert not may_be_text(head)
        assert not is_surely_text(head[:64])
