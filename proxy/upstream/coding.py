"""Decode a body, with limits on its size.

aiohttp's own decoding is off everywhere. It accepts a truncated gzip body as complete,
and its limit applies per call, so 300 KB can become 300 MB.
"""

import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import brotli

from proxy.errors import BadAnswerError, LimitError, TruncatedError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""What can be decoded, as a value for Accept-Encoding."""

# A playlist hardly ever compresses better than 100:1. Short bodies may, hence the
# floor.
MAX_RATIO = 100
RATIO_FLOOR_BYTES = 64 * 1024

_GZIP_MAGIC = b"\x1f\x8b"
# Other names are not codings (`utf-8` and `aws-chunked` are seen in the wild).
# Browsers ignore them.
_UNKNOWN = frozenset({"compress", "x-compress", "dcb", "dcz"})
# RFC 9659: a sender may use a window of at most 8 MiB.
_ZSTD_WINDOW_LOG = 23
_CORRUPT = (zlib.error, brotli.error, zstd.ZstdError)


def decode(
    body: bytes,
    codings: Iterable[str],
    limit: int,
    *,
    text: bool,
    setting: str = "",
) -> bytes:
    """Return the body without its coding, at most `limit` bytes.

    `codings` are the values of Content-Encoding. If `text` is expected, gzip is also
    recognised by its first bytes, for servers that omit the header. `setting` is the
    key that sets the limit; the error names it.
    """
    names = _names(codings)
    if len(names) > 1 or not _UNKNOWN.isdisjoint(names):
        raise BadAnswerError("a content coding that was not asked for")
    if not names and text and body.startswith(_GZIP_MAGIC):
        names = ["gzip"]
    if not names:
        return body
    return _decoded(body, _DECODERS[names[0]], limit, setting)


def beginning(body: bytes, codings: Iterable[str], size: int) -> bytes:
    """Return at most `size` first bytes, decoded, of a body that is only partly here.

    Returns no bytes if the part is too short or the coding is unknown.
    """
    names = _names(codings)
    if not names:
        return body[:size]
    if len(names) > 1 or names[0] in _UNKNOWN:
        return b""
    try:
        return _DECODERS[names[0]](body, size).decoded[:size]
    except _CORRUPT:
        return b""


def _names(codings: Iterable[str]) -> list[str]:
    names = (name.strip().lower() for value in codings for name in value.split(","))
    return [name for name in names if name in _DECODERS or name in _UNKNOWN]


class _Piece(NamedTuple):
    """The beginning of a decoded body."""

    decoded: bytes
    whole: bool
    """Whether the body is complete: the end of the coding and its checksum were seen.
    """
    rest: bytes
    """What follows the end of the coded body."""


_Decoder = Callable[[bytes, int], _Piece]
"""Takes a body and the number of output bytes after which to stop, approximately."""


def _decoded(body: bytes, decoder: _Decoder, limit: int, setting: str) -> bytes:
    """Decode one member; anything after it, even another member, is an error."""
    cap = min(limit, max(RATIO_FLOOR_BYTES, len(body) * MAX_RATIO))
    try:
        piece = decoder(body, cap + 1)
    except _CORRUPT as exc:
        raise BadAnswerError("a coded body that is corrupt") from exc
    if len(piece.decoded) > cap:
        raise _too_large(cap, limit, setting)
    if not piece.whole:
        raise TruncatedError("a coded body that ends before its end")
    if piece.rest:
        raise BadAnswerError("a coded body with something behind its end")
    return piece.decoded


def _too_large(cap: int, limit: int, setting: str) -> LimitError:
    if cap < limit:
        found = f"a coded body that grows by more than {MAX_RATIO} times"
        return LimitError(found, allowed=MAX_RATIO)
    found = f"a body of more than {limit:,} bytes when decoded"
    return LimitError(found, setting=setting, allowed=limit)


def _gzip(body: bytes, most: int) -> _Piece:
    return _inflate(body, most, zlib.MAX_WBITS | 16)


def _deflate(body: bytes, most: int) -> _Piece:
    # In RFC 9110 section 8.4.1.2, "deflate" is the zlib format, but some servers send
    # raw deflate. RFC 1950 section 2.2: zlib has method 8, and its first two bytes are
    # a multiple of 31.
    head = int.from_bytes(body[:2], "big")
    is_zlib = head >> 8 & 0x0F == zlib.DEFLATED and head % 31 == 0
    return _inflate(body, most, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


def _inflate(body: bytes, most: int, bits: int) -> _Piece:
    decoder = zlib.decompressobj(bits)
    decoded = decoder.decompress(body, most)
    return _Piece(decoded, decoder.eof, decoder.unused_data)


def _brotli(body: bytes, most: int) -> _Piece:
    # The decoder itself rejects bytes after the end.
    decoder = brotli.Decompressor()
    decoded = decoder.process(body, output_buffer_limit=most)
    return _Piece(decoded, decoder.is_finished(), b"")


def _zstd(body: bytes, most: int) -> _Piece:
    limit = int(zstd.DecompressionParameter.window_log_max)
    decoder = zstd.ZstdDecompressor(options={limit: _ZSTD_WINDOW_LOG})
    decoded = decoder.decompress(body, most)
    return _Piece(decoded, decoder.eof, decoder.unused_data)


_DECODERS: Mapping[str, _Decoder] = MappingProxyType(
    {
        "gzip": _gzip,
        "x-gzip": _gzip,
        "deflate": _deflate,
        "br": _brotli,
        "zstd": _zstd,
    }
)
