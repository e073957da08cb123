"""Decoding within limits (reliability, traps T1 and T2)."""

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
NUMBERS = b" ".join(b"%d" % (n * n) for n in range(500))  # hard to compress
LIMIT = 5 * 1024 * 1024
MIB = 1024 * 1024


def bare_deflate(body: bytes) -> bytes:
    """Return deflate without the zlib format around it."""
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(body) + coder.flush()


def zipped(body: bytes) -> bytes:
    """Return gzip, the same in every run."""
    return gzip.compress(body, mtime=0)


def frame(body: bytes) -> bytes:
    """Return one frame of zstd, with a checksum."""
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


def test_every_accepted_coding_is_tested() -> None:
    """Accepted and decoded codings are the same."""
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
def test_accepted_codings_are_decoded(body: bytes, codings: tuple[str, ...]) -> None:
    """By the header, or the first bytes of gzip; deflate in both its forms."""
    assert decode(body, codings, LIMIT, text=True) == TEXT


def test_binary_bodies_are_not_guessed_at() -> None:
    """One key in 65,536 begins like gzip."""
    key = b"\x1f\x8b" + bytes(14)
    assert decode(key, (), LIMIT, text=False) == key


@pytest.mark.parametrize(
    "codings",
    [("compress",), ("dcb",), ("gzip, gzip",), ("gzip", "gzip"), ("deflate, br",)],
)
def test_other_codings_are_refused(codings: tuple[str, ...]) -> None:
    """One coding at most, and only one that can be decoded."""
    with pytest.raises(BadAnswerError):
        decode(zipped(TEXT), codings, LIMIT, text=True)


@CODINGS
@pytest.mark.parametrize("missing", [1, 4, 8, 100])
def test_i5_a_shortened_body_is_truncated(
    coding: str, pack: Pack, missing: int
) -> None:
    """Also if only a byte of its checksum is missing."""
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
def test_s9_a_body_must_be_exactly_one_member(body: bytes) -> None:
    """Nothing after its end, and nothing but gzip if gzip is declared."""
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
def test_s9_no_coding_accepts_more_than_one_body(body: bytes, coding: str) -> None:
    """For each coding: junk, a second body and an empty body are refused."""
    with pytest.raises(BadAnswerError):
        decode(body, (coding,), LIMIT, text=True)


def test_s9_zstd_may_not_use_much_memory() -> None:
    """A window of more than 8 MiB is the sender's fault (RFC 9659)."""
    options = {int(zstd.CompressionParameter.window_log): 25}
    body = zstd.compress(bytes(9 * MIB) + NUMBERS, options=options)
    with pytest.raises(BadAnswerError, match="corrupt"):
        decode(body, ("zstd",), 32 * MIB, text=True)


@CODINGS
def test_s9_a_bomb_is_refused_without_going_off(coding: str, pack: Pack) -> None:
    """100 MB of zeros take little time and memory."""
    bomb = pack(bytes(100 * MIB))
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(BadAnswerError, match=r"bytes when decoded|grows by more"):
        decode(bomb, (coding,), LIMIT, text=True)
    assert time.process_time() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    tracemalloc.stop()


@CODINGS
def test_s9_the_size_limit_holds_exactly(coding: str, pack: Pack) -> None:
    """As many bytes as allowed pass, one more does not."""
    body = pack(TEXT)
    assert decode(body, (coding,), len(TEXT), text=True) == TEXT
    with pytest.raises(BadAnswerError, match=r"bytes when decoded|grows by more"):
        decode(body, (coding,), len(TEXT) - 1, text=True)


@CODINGS
def test_s9_the_ratio_limit_holds_exactly(coding: str, pack: Pack) -> None:
    """A short body may exceed 100:1, up to the floor; one byte more may not."""
    body = pack(bytes(RATIO_FLOOR_BYTES))
    assert len(body) < RATIO_FLOOR_BYTES // 100
    assert len(decode(body, (coding,), LIMIT, text=True)) == RATIO_FLOOR_BYTES
    with pytest.raises(BadAnswerError, match=r"bytes when decoded|grows by more"):
        decode(pack(bytes(RATIO_FLOOR_BYTES + 1)), (coding,), LIMIT, text=True)


@CODINGS
def test_a_long_recording_is_not_a_bomb(coding: str, pack: Pack) -> None:
    """Even the most compressible real playlist stays within the ratio."""
    lines = (b"#EXTINF:4.000,\nsegment_1080p_%06d.ts\n" % n for n in range(40_000))
    text = b"#EXTM3U\n" + b"".join(lines)
    assert decode(pack(text), (coding,), LIMIT, text=True) == text


@CODINGS
def test_the_beginning_of_a_body_can_be_decoded_early(coding: str, pack: Pack) -> None:
    """Enough to recognise a playlist, and never an error: the whole raises its own."""
    body = pack(NUMBERS)
    assert beginning(body[:-9], (coding,), 7) in {NUMBERS[:7], b""}
    assert beginning(pack(TEXT), (coding,), 7) == TEXT[:7]
    assert beginning(b"\x00junk", (coding,), 7) in {b"", b"\x00junk"[:7]}


@pytest.mark.parametrize("codings", [("compress",), ("gzip, br",)])
def test_the_beginning_of_an_unknown_coding_is_empty(
    codings: tuple[str, ...],
) -> None:
    """It is neither a playlist nor text."""
    assert beginning(zipped(TEXT), codings, 7) == b""
    assert beginning(TEXT, ("utf-8",), 7) == TEXT[:7]


@CODINGS
@given(text=st.binary(max_size=2000), data=st.data())
def test_i5_whole_bodies_are_decoded_and_shortened_ones_never(
    coding: str, pack: Pack, text: bytes, data: st.DataObject
) -> None:
    """For any text, shortened anywhere."""
    body = pack(text)
    assert decode(body, (coding,), LIMIT, text=True) == text
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(BadAnswerError):
        decode(body[:cut], (coding,), LIMIT, text=True)
