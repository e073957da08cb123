"""Filters of messages: they convert the bytes of a value before it is inserted.

A filter that cannot read its value raises `ValueError`. The error's text contains no
part of the value.
"""

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import quote, quote_plus, unquote_to_bytes

Filter: TypeAlias = Callable[[bytes], bytes]

# Plus, equals and slash, in this order. Equals and slash differ from base64url.
_CLOUDFRONT = bytes.maketrans(b"+=/", b"-_~")
_ESCAPE = re.compile(rb"%[0-9A-F]{2}")
_IPV6_NETWORK_BYTES = 8
_SLASHES = re.compile(rb"/+")


def _base64url_unpadded(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _base64_cloudfront(value: bytes) -> bytes:
    return base64.b64encode(value).translate(_CLOUDFRONT)


def _hex(value: bytes) -> bytes:
    return value.hex().encode()


def _quote(value: bytes) -> bytes:
    return quote(value, safe="").encode()


def _quote_plus(value: bytes) -> bytes:
    return quote_plus(value, safe="").encode()


def _escape_early(value: bytes) -> bytes:
    # Like Akamai's own libraries: quote_plus, with lower-case escapes.
    return _ESCAPE.sub(lambda escape: escape[0].lower(), _quote_plus(value))


def _sort(value: bytes) -> bytes:
    """Sort the parts between `&` by name, and drop empty ones."""
    pairs = [pair for pair in value.split(b"&") if pair]
    pairs.sort(key=_name)
    return b"&".join(pairs)


def _name(pair: bytes) -> bytes:
    return pair.partition(b"=")[0]


def _nginx_uri(value: bytes) -> bytes:
    """Return a path as nginx has it in `$uri`.

    It is percent-decoded, then slashes are merged and dot segments resolved. So an
    escaped slash or dot counts too (ngx_http_parse_complex_uri, with merge_slashes on).
    A path that leads above the root is returned unchanged: nginx answers it with 400.
    """
    decoded = _SLASHES.sub(b"/", unquote_to_bytes(value))
    kept: list[bytes] = []
    parts = decoded.split(b"/")
    for part in parts[1:]:
        if part == b".." and not kept:
            return value
        if part == b"..":
            kept.pop()
        elif part not in {b".", b""}:
            kept.append(part)
    ended = parts[-1] in {b"", b".", b".."} and bool(kept)
    return b"/" + b"/".join(kept) + (b"/" if ended else b"")


def _unslashed(value: bytes) -> bytes:
    return value.strip(b"/")


def _ip(value: bytes) -> bytes:
    """Pack an address like Bunny: IPv4 whole, IPv6 as its /64; empty stays empty."""
    if not value:
        return b""
    try:
        packed = ipaddress.ip_address(value.decode()).packed
    except ValueError:
        raise ValueError(
            "the filter ip has something else; expected an IP address or nothing"
        ) from None
    if len(packed) <= _IPV6_NETWORK_BYTES:
        return packed
    return packed[:_IPV6_NETWORK_BYTES].ljust(len(packed), b"\0")


ENCODINGS: Mapping[str, Filter] = {
    "base64": base64.b64encode,
    "base64-cloudfront": _base64_cloudfront,
    "base64url": base64.urlsafe_b64encode,
    "base64url-unpadded": _base64url_unpadded,
    "hex": _hex,
}
"""The filters that encode any bytes as text."""

FILTERS: Mapping[str, Filter] = {
    **ENCODINGS,
    "escape-early": _escape_early,
    "ip": _ip,
    "lower": bytes.lower,
    "nginx-uri": _nginx_uri,
    "quote": _quote,
    "quote-plus": _quote_plus,
    "sort": _sort,
    "unquote": unquote_to_bytes,
    "unslashed": _unslashed,
    "upper": bytes.upper,
}
"""All filters by name."""
