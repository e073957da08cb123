"""A token service: it hands out opaque tokens over HTTP, in a platform's own format.

Tests can make it fail, change its answer, or revoke a token before its time.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from tests.providers.emulation.asks import Ask, RefusedError, Reply
from tests.providers.emulation.carriers import Carrier, Header
from tests.providers.emulation.checks import Check, Known

JSON = "application/json"
Shape = Callable[[str, float, float], object]
"""(token, when it expires, now) -> the answer, as JSON."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a service."""

    ask: Ask
    method: str
    body: bytes
    now: float

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of a form."""
        return dict(parse_qsl(self.body.decode()))


Allowed = Callable[[Call], bool]
"""Whether the request gets a token."""


def by(carrier: Carrier, check: Check, *, method: str = "GET") -> Allowed:
    """Return a function that requires a credential, as a door does."""

    def allowed(call: Call) -> bool:
        taken = carrier.take(call.ask)
        if taken is None or call.method != method:
            return False
        try:
            return check.ends(*taken, call.now) > call.now
        except RefusedError:
            return False

    return allowed


def bearer(secret: str, *, method: str = "GET") -> Allowed:
    """Return a function that requires a bearer token that never changes."""
    known = Known({secret: float("inf")})
    return by(Header("Authorization", "Bearer "), known, method=method)


def rfc3339(epoch: float) -> str:
    """Return a time as PeerTube and Google write it."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")


def oauth2(token: str, ends: float, now: float) -> Mapping[str, object]:
    """Return the answer of RFC 6749, section 5.1."""
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(ends - now),
    }


@dataclass(slots=True)
class TokenService:
    """Hands out tokens that live for `lifetime` seconds, if `allowed` permits."""

    path: str
    """With the query."""
    allowed: Allowed
    _: KW_ONLY
    shape: Shape = oauth2
    lifetime: float = 60.0
    make: Callable[[int, float], str] = lambda number, _: f"opaque-token-{number:08d}"
    """(number, when it expires) -> a token."""
    known: Known = field(default_factory=Known)
    """The check of the tokens that it handed out."""
    faults: deque[Reply] = field(default_factory=deque)
    """Its answers before it works again."""
    down: bool = False
    """Whether it answers 503 to every request."""
    asked: int = 0
    given: int = 0

    def answer(self, call: Call) -> Reply:
        """Answer a request for the path."""
        self.asked += 1
        if self.faults:
            return self.faults.popleft()
        if self.down:
            return Reply(503, b"try again later")
        if not self.allowed(call):
            return _json(401, {"error": "invalid_client"})
        ends = call.now + self.lifetime
        self.given += 1
        token = self.make(self.given, ends)
        self.known.issued[token] = ends
        return _json(200, self.shape(token, ends, call.now))

    def revoke(self) -> None:
        """Revoke every token that was handed out."""
        self.known.issued.clear()


def limited(seconds: int) -> Reply:
    """Return the answer to a client that asks too often."""
    return Reply(429, b"", headers=(("Retry-After", str(seconds)),))


def _json(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value).encode(), JSON)
