"""Expiry times that are readable in the tokens of some platforms.

    Akamai      st=1700000000~exp=1700000300~acl=/*~hmac=…
    Google      URLPrefix=…&Expires=1700000300&KeyName=…&Signature=…
    Fastly      1700000300_a1b2…
    CloudFront  Policy=…, whose base64 holds "AWS:EpochTime":1700000300

Text that only looks similar is ignored, so nothing here raises. A number before an
underscore is an expiry only if the configuration says so: many tokens begin with an id.
"""

import base64
import binascii
import re
from collections.abc import Callable

_NAMED = re.compile(r"(?:\A|[?&;~:,])(?:exp|[Ee]xpires)=([0-9]{10})(?![0-9])")
_LEADING = re.compile(r"([0-9]{10})_.")
_POLICY = re.compile(r"(?:(?:\A|[?&; ]|CloudFront-)Policy=|\A(?=eyJ))([A-Za-z0-9_~-]+)")
_LESS_THAN = re.compile(
    rb'"DateLessThan"\s*:\s*\{\s*"AWS:EpochTime"\s*:\s*([0-9]{10})\s*\}'
)
# CloudFront's own base64 uses these three for `+`, `=` and `/`.
_CLOUDFRONT = str.maketrans("-_~", "+=/")


def inner_end(token: str, *, leading: bool = False) -> float | None:
    """Return the expiry in the token, in epoch seconds; None if it has none.

    `leading` means that the token begins with the expiry, like Fastly's.
    """
    readers = (*_READERS, _leading) if leading else _READERS
    ends = (read(token) for read in readers)
    return next((end for end in ends if end is not None), None)


def _named(token: str) -> float | None:
    match = _NAMED.search(token)
    return float(match[1]) if match else None


def _leading(token: str) -> float | None:
    match = _LEADING.match(token)
    return float(match[1]) if match else None


def _policy(token: str) -> float | None:
    match = _POLICY.search(token)
    if not match:
        return None
    coded = match[1].translate(_CLOUDFRONT)
    try:
        policy = base64.b64decode(coded + "=" * (-len(coded) % 4))
    except binascii.Error:
        return None
    ends = [float(end) for end in _LESS_THAN.findall(policy)]
    return min(ends, default=None)


_READERS: tuple[Callable[[str], float | None], ...] = (_named, _policy)
