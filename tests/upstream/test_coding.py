"""Decoding within bounds (reliability, traps T1 and T2)."""

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import BadAnswerError, TruncatedError
from proxy.upstream.coding import RATIO_FLOOR_BYTES, decode

TEXT = b"#EXTM3U\n" + b"".join(b"#EXTINF:4,\nsegment%d.ts\n" % n for n in range(500))
LIMIT = 5 * 1024 * 1024
MIB = 1024 * 1024


def bare_deflate(body: bytes) -> bytes:
    """Return deflate without the zlib format around it."""
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(body) + coder.flush()


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (TEXT, ()),
        (TEXT, ("identity",)),
        (TEXT, ("utf-8",)),
        (TEXT, ("aws-chunked",)),
        (gzip.compress(TEXT, mtime=0), ("gzip",)),
        (gzip.compress(TEXT, mtime=0), ("X-GZIP",)),
        (gzip.compress(TEXT, mtime=0), ("identity, gzip",)),
        (gzip.compress(TEXT, mtime=0), ()),
        (zlib.compress(TEXT), ("deflate",)),
        (bare_deflate(TEXT), ("deflate",)),
    ],
)
def test_what_was_asked_for_is_decoded(body: bytes, codings: tuple[str, ...]) -> None:
    """By the header, by the first bytes of gzip, and deflate in both its forms."""
    assert decode(body, codings, LIMIT, text=True) == TEXT


def test_bytes_that_are_no_text_are_not_guessed_at() -> None:
    """One key in 65,536 begins like gzip."""
    key = b"\x1f\x8b" + bytes(14)
    assert decode(key, (), LIMIT, text=False) == key


@pytest.mark.parametrize(
    "codings", [("br",), ("zstd",), ("gzip, gzip",), ("gzip", "gzip"), ("deflate, br",)]
)
def test_what_was_not_asked_for_is_refused(codings: tuple[str, ...]) -> None:
    """One coding at most, and one that can be decoded."""
    with pytest.raises(BadAnswerError):
        decode(gzip.compress(TEXT, mtime=0), codings, LIMIT, text=True)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (bare_deflate(TEXT), "deflate"),
    ],
)
@pytest.mark.parametrize("missing", [1, 4, 8, 100])
def test_i5_a_body_that_was_cut_is_truncated(
    body: bytes, coding: str, missing: int
) -> None:
    """Also by one byte of its check sum."""
    with pytest.raises(TruncatedError):
        decode(body[:-missing], (coding,), LIMIT, text=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x1f",
        b"#EXTM3U\n",
        gzip.compress(TEXT, mtime=0)[:-8] + bytes(8),
        gzip.compress(TEXT, mtime=0) + b"junk",
        gzip.compress(TEXT, mtime=0) * 2,
        gzip.compress(b"", mtime=0) * 10_000,
    ],
    ids=["empty", "one byte", "plain", "check sum", "junk", "two", "10,000 members"],
)
def test_s9_a_body_that_is_not_one_whole_member_is_refused(body: bytes) -> None:
    """Nothing behind the end, nothing but gzip where gzip is declared."""
    with pytest.raises(BadAnswerError):
        decode(body, ("gzip",), LIMIT, text=True)


def test_s9_a_bomb_is_refused_without_going_off() -> None:
    """100 MB of zeros: little time, little memory."""
    bomb = gzip.compress(bytes(100 * MIB), 1, mtime=0)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(BadAnswerError, match="too large"):
        decode(bomb, ("gzip",), LIMIT, text=True)
    assert time.process_time() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    tracemalloc.stop()


def test_s9_the_limit_is_met_and_not_passed() -> None:
    """As many bytes as allowed pass, one more does not."""
    body = gzip.compress(TEXT, mtime=0)
    assert decode(body, (), len(TEXT), text=True) == TEXT
    with pytest.raises(BadAnswerError, match="too large"):
        decode(body, (), len(TEXT) - 1, text=True)


def test_s9_a_short_body_may_compress_well() -> None:
    """The ratio has a floor: a short playlist beats 100:1."""
    body = gzip.compress(bytes(RATIO_FLOOR_BYTES), mtime=0)
    assert len(body) < RATIO_FLOOR_BYTES // 100
    assert len(decode(body, (), LIMIT, text=True)) == RATIO_FLOOR_BYTES


@given(st.binary(max_size=2000), st.data())
def test_i5_whole_bodies_are_decoded_and_cut_ones_never_are(
    text: bytes, data: st.DataObject
) -> None:
    """Whatever the text and wherever the cut."""
    body = gzip.compress(text, mtime=0)
    assert decode(body, ("gzip",), LIMIT, text=True) == text
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(BadAnswerError):
        decode(body[:cut], ("gzip",), LIMIT, text=True)
