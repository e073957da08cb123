"""Decode a body, within bounds.

aiohttp's own decoding is off everywhere: it takes a gzip body that was cut short for
a whole one, and its limit holds per call, so that 300 KB become 300 MB.
"""

import zlib
from collections.abc import Iterable

from proxy.errors import BadAnswerError, TruncatedError

# A playlist hardly ever compresses better than 100:1, except short ones: hence the
# floor.
MAX_RATIO = 100
RATIO_FLOOR_BYTES = 64 * 1024

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP = frozenset({"gzip", "x-gzip"})
_DEFLATE = "deflate"
# Other names are no codings at all (`utf-8`, `aws-chunked` are seen in the wild);
# browsers pass over them.
_UNKNOWN = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})


def decode(body: bytes, codings: Iterable[str], limit: int, *, text: bool) -> bytes:
    """Return the body without its coding, at most `limit` bytes.

    `codings` are the values of Content-Encoding. Where text is expected, gzip is known
    by its first bytes as well, for servers that forget to say.
    """
    names = _names(codings)
    if len(names) > 1 or not _UNKNOWN.isdisjoint(names):
        raise BadAnswerError("a content coding that was not asked for")
    if not _GZIP.isdisjoint(names) or (text and body.startswith(_GZIP_MAGIC)):
        return _inflate(body, zlib.MAX_WBITS | 16, limit)
    if _DEFLATE in names:
        return _inflate(body, _deflate_bits(body), limit)
    return body


def _names(codings: Iterable[str]) -> list[str]:
    names = (name.strip().lower() for value in codings for name in value.split(","))
    known = _GZIP | _UNKNOWN | {_DEFLATE}
    return [name for name in names if name in known]


def _deflate_bits(body: bytes) -> int:
    # RFC 9110 section 8.4.1.2 means the zlib format, but some servers send bare
    # deflate. RFC 1950 section 2.2: method 8, and the first two bytes divide by 31.
    head = int.from_bytes(body[:2], "big")
    is_zlib = head >> 8 & 0x0F == zlib.DEFLATED and head % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


def _inflate(body: bytes, bits: int, limit: int) -> bytes:
    """Decode one member; more of them, or anything behind it, is an attack or junk."""
    cap = min(limit, max(RATIO_FLOOR_BYTES, len(body) * MAX_RATIO))
    decoder = zlib.decompressobj(bits)
    try:
        decoded = decoder.decompress(body, cap + 1)
    except zlib.error as exc:
        raise BadAnswerError("a coded body that is corrupt") from exc
    if len(decoded) > cap:
        raise BadAnswerError("a coded body that is too large when decoded")
    if not decoder.eof:
        raise TruncatedError("a coded body that ends before its end")
    if decoder.unused_data:
        raise BadAnswerError("a coded body with something behind its end")
    return decoded
