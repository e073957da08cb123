"""Signs the URLs of children for a short time, and checks them.

The format is FastPix's: a blob in the path, new with every playlist, and `cdn`,
`expires` and `signature` in the query. Blob and signature always hold percent-encoded
characters and are compared as sent, so a proxy that re-encodes them is refused.
"""

import hmac
import random
import re
from base64 import b64decode, b64encode
from urllib.parse import quote, unquote

from proxy.demo.record import Refusal

# In base64 these are "+//+" and "////".
_BLOB_MARK = b"\xfb\xff\xfe"
_SIGNATURE_MARK = b"\xff\xff\xff"
_NONCE_BYTES = 45
_HEAD_BYTES = len(_BLOB_MARK) + _NONCE_BYTES
_QUERY = re.compile(r"cdn=(?P<cdn>\w+)&expires=(?P<expires>\d+)&signature=[^&]+(&.*)?")


class Signer:
    """Signs children for `seconds`, and checks the signatures."""

    def __init__(self, secret: bytes, *, seconds: float, rng: random.Random) -> None:
        self._secret = secret
        self._seconds = seconds
        self._rng = rng

    def blob(self, programme: str) -> str:
        """Return a new first path segment for the children of one playlist."""
        head = _BLOB_MARK + self._rng.randbytes(_NONCE_BYTES)
        return quote(b64encode(head + programme.encode()), safe="")

    def sign(self, path: str, cdn: str, *, now: float) -> str:
        """Return the signed path and query of a child."""
        return self._signed(path, cdn, str(int(now + self._seconds)))

    def check(self, path: str, query: str, *, now: float) -> Refusal | None:
        """Check a request; anything after the signature is ignored."""
        parts = _QUERY.fullmatch(query)
        if parts is None or not (path + query).isascii():
            return Refusal.FORGED_CHILD
        expected = self._signed(path, parts["cdn"], parts["expires"])
        sent = f"{path}?{query.removesuffix(parts[3] or '')}"
        if not hmac.compare_digest(expected, sent):
            return Refusal.FORGED_CHILD
        return Refusal.EXPIRED_CHILD if now >= int(parts["expires"]) else None

    def _signed(self, path: str, cdn: str, expires: str) -> str:
        digest = hmac.digest(self._secret, f"{path} {cdn} {expires}".encode(), "sha256")
        signature = quote(b64encode(_SIGNATURE_MARK + digest), safe="")
        return f"{path}?cdn={cdn}&expires={expires}&signature={signature}"


def programme(blob: str) -> str:
    """Return the programme's id from a blob; empty if the blob is invalid."""
    try:
        return b64decode(unquote(blob), validate=True)[_HEAD_BYTES:].decode()
    except ValueError:
        return ""
