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
def test_bodies_that_are_declared_as_text(
    kind: Kind, said: str, url: str, *, called: bool
) -> None:
    """By tag, type or name; text/plain does not count, since many servers use it."""
    assert is_called_text(kind, said, url) is called
    assert is_called_text(kind, said, "https://h/x.ts", url) is called


@pytest.mark.parametrize("coding", ["utf-8", "utf-16", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("control", ["", "\0", "\a", "\x7f", "\b" * 3])
def test_text_may_contain_some_control_characters(coding: str, control: str) -> None:
    """In UTF-8, UTF-16 and UTF-32."""
    head = f"{CUES[:30]}{control}{CUES[30:]}".encode(coding)[:SAMPLE_BYTES]
    assert may_be_text(head)


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("size", [4, 40, 64])
def test_a_few_bytes_are_surely_text(coding: str, size: int) -> None:
    """Although the last character may be cut."""
    assert is_surely_text(CUES.encode(coding)[:size])


def test_a_character_that_is_cut_at_the_end_is_accepted() -> None:
    """But not a wrong character elsewhere."""
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
def test_media_are_recognised(head: bytes) -> None:
    """Transport streams, MP4, pictures, Matroska; trailing blanks do not matter."""
    assert not may_be_text(head[:SAMPLE_BYTES])
    if not head.startswith(b"G"):
        assert not is_surely_text(head[:64])


def test_encrypted_and_compressed_bytes_are_not_text() -> None:
    """Checked with a thousand segments of each length."""
    for _ in range(1000):
        head = RANDOM.randbytes(SAMPLE_BYTES)
        assert not may_be_text(head)
        assert not is_surely_text(head[:64])
