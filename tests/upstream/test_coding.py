"""Decoding within bounds (reliability, traps T1 and T2)."""

import gzip
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import BadAnswerError, TruncatedError
from proxy.upstream.coding import ACCEPTED, RATIO_FLOOR_BYTES, beginning, decode

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"#EXTM3U\n" + b"".join(b"#EXTINF:4,\nsegment%d.ts\n" % n for n in range(500))
NUMBERS = b" ".join(b"%d" % (n * n) for n in range(500))  # hard to make small
LIMIT = 5 * 1024 * 1024
MIB = 1024 * 1024


def bare_deflate(body: bytes) -> bytes:
    """Return deflate without the zlib format around it."""
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(body) + coder.flush()


def zipped(body: bytes) -> bytes:
    """Return gzip, the same at every run."""
    return gzip.compress(body, mtime=0)


def frame(body: bytes) -> bytes:
    """Return one frame of zstd, with a check sum."""
    return zstd.compress(body, options={zstd.CompressionParameter.checksum_flag: 1})


Pack = Callable[[bytes], bytes]
PACKS: list[tuple[str, Pack]] = [
    ("gzip", zipped),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotli.compress),
    ("zstd", frame),
]
CODINGS = pytest.mark.parametrize(
    ("coding", "pack"), PACKS, ids=["gzip", "zlib", "deflate", "br", "zstd"]
)


def test_every_coding_that_is_accepted_is_tested() -> None:
    """What is asked for and what is decoded are the same."""
    assert set(ACCEPTED.split(", ")) == {coding for coding, _ in PACKS}


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (TEXT, ()),
        (TEXT, ("identity",)),
        (TEXT, ("utf-8",)),
        (TEXT, ("aws-chunked",)),
        (zipped(TEXT), ("gzip",)),
        (zipped(TEXT), ("X-GZIP",)),
        (zipped(TEXT), ("identity, gzip",)),
        (zipped(TEXT), ()),
        (zlib.compress(TEXT), ("deflate",)),
        (bare_deflate(TEXT), ("deflate",)),
        (brotli.compress(TEXT), ("br",)),
        (brotli.compress(TEXT), ("utf-8, BR",)),
        (frame(TEXT), ("zstd",)),
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
    "codings",
    [("compress",), ("dcb",), ("gzip, gzip",), ("gzip", "gzip"), ("deflate, br",)],
)
def test_what_was_not_asked_for_is_refused(codings: tuple[str, ...]) -> None:
    """One coding at most, and one that can be decoded."""
    with pytest.raises(BadAnswerError):
        decode(zipped(TEXT), codings, LIMIT, text=True)


@CODINGS
@pytest.mark.parametrize("missing", [1, 4, 8, 100])
def test_i5_a_body_that_was_cut_is_truncated(
    coding: str, pack: Pack, missing: int
) -> None:
    """Also by one byte of its check sum."""
    with pytest.raises(TruncatedError):
        decode(pack(NUMBERS)[:-missing], (coding,), LIMIT, text=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x1f",
        b"#EXTM3U\n",
        zipped(TEXT)[:-8] + bytes(8),
        zipped(TEXT) + b"junk",
        zipped(TEXT) * 2,
        zipped(b"") * 10_000,
    ],
    ids=["empty", "one byte", "plain", "check sum", "junk", "two", "10,000 members"],
)
def test_s9_a_body_that_is_not_one_whole_member_is_refused(body: bytes) -> None:
    """Nothing behind the end, nothing but gzip where gzip is declared."""
    with pytest.raises(BadAnswerError):
        decode(body, ("gzip",), LIMIT, text=True)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (brotli.compress(TEXT) + b"junk", "br"),
        (brotli.compress(TEXT) * 2, "br"),
        (b"#EXTM3U\n", "br"),
        (b"", "br"),
        (frame(TEXT) + b"junk", "zstd"),
        (frame(TEXT) * 2, "zstd"),
        (frame(TEXT)[:-4] + bytes(4), "zstd"),
        (b"#EXTM3U\n", "zstd"),
        (b"", "zstd"),
        (zlib.compress(TEXT) + b"junk", "deflate"),
    ],
)
def test_s9_no_coding_takes_more_than_one_whole_body(body: bytes, coding: str) -> None:
    """Whatever the coding: junk, a second body and none at all are refused."""
    with pytest.raises(BadAnswerError):
        decode(body, (coding,), LIMIT, text=True)


def test_s9_zstd_does_not_make_us_remember_much() -> None:
    """A window of more than 8 MiB is the sender's fault (RFC 9659)."""
    options = {int(zstd.CompressionParameter.window_log): 25}
    body = zstd.compress(bytes(9 * MIB) + NUMBERS, options=options)
    with pytest.raises(BadAnswerError, match="corrupt"):
        decode(body, ("zstd",), 32 * MIB, text=True)


@CODINGS
def test_s9_a_bomb_is_refused_without_going_off(coding: str, pack: Pack) -> None:
    """100 MB of zeros: little time, little memory."""
    bomb = pack(bytes(100 * MIB))
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(BadAnswerError, match=r"bytes when decoded|grows by more"):
        decode(bomb, (coding,), LIMIT, text=True)
    assert time.process_time() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    tracemalloc.stop()


@CODINGS
def test_s9_the_limit_is_met_and_not_passed(coding: str, pack: Pack) -> None:
    """As many bytes as allowed pass, one more does not."""
    body = pack(TEXT)
    assert decode(body, (coding,), len(TEXT), text=True) == TEXT
    with pytest.raises(BadAnswerError, match=r"bytes when decoded|grows by more"):
        decode(body, (coding,), len(TEXT) - 1, text=True)


@CODINGS
def test_s9_the_ratio_is_met_and_not_passed(coding: str, pack: Pack) -> None:
    """A short body may beat 100:1, up to the floor; one byte more may not."""
    body = pack(bytes(RATIO_FLOOR_BYTES))
    assert len(body) < RATIO_FLOOR_BYTES // 100
    assert len(decode(body, (coding,), LIMIT, text=True)) == RATIO_FLOOR_BYTES
    with pytest.raises(BadAnswerError, match=r"bytes when decoded|grows by more"):
        decode(pack(bytes(RATIO_FLOOR_BYTES + 1)), (coding,), LIMIT, text=True)


@CODINGS
def test_a_long_recording_is_no_bomb(coding: str, pack: Pack) -> None:
    """The best that a real playlist compresses to stays within the ratio."""
    lines = (b"#EXTINF:4.000,\nsegment_1080p_%06d.ts\n" % n for n in range(40_000))
    text = b"#EXTM3U\n" + b"".join(lines)
    assert decode(pack(text), (coding,), LIMIT, text=True) == text


@CODINGS
def test_the_beginning_of_a_body_shows_before_its_end_is_here(
    coding: str, pack: Pack
) -> None:
    """Enough to tell a playlist by, and never an error: the whole has its own."""
    body = pack(NUMBERS)
    assert beginning(body[:-9], (coding,), 7) in {NUMBERS[:7], b""}
    assert beginning(pack(TEXT), (coding,), 7) == TEXT[:7]
    assert beginning(b"\x00junk", (coding,), 7) in {b"", b"\x00junk"[:7]}


@pytest.mark.parametrize("codings", [("compress",), ("gzip, br",)])
def test_the_beginning_of_what_is_not_understood_stays_hidden(
    codings: tuple[str, ...],
) -> None:
    """It is neither a playlist nor text."""
    assert beginning(zipped(TEXT), codings, 7) == b""
    assert beginning(TEXT, ("utf-8",), 7) == TEXT[:7]


@CODINGS
@given(text=st.binary(max_size=2000), data=st.data())
def test_i5_whole_bodies_are_decoded_and_cut_ones_never_are(
    coding: str, pack: Pack, text: bytes, data: st.DataObject
) -> None:
    """Whatever the text and wherever the cut."""
    body = pack(text)
    assert decode(body, (coding,), LIMIT, text=True) == text
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(BadAnswerError):
        decode(body[:cut], (coding,), LIMIT, text=True)
