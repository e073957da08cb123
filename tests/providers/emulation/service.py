"""A token service: it hands out opaque tokens over HTTP, in a platform's own shape.

It can be told to fail, to answer something else, or to end a token before its time.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.providers.emulation.asks import Ask, Reply
from tests.providers.emulation.checks import Known

JSON = "application/json"
Shape = Callable[[str, float, float], object]
"""(token, when it ends, now) -> what is answered, as JSON."""
Allowed = Callable[[Ask, str, bytes], bool]
"""(request, method, body) -> whether a token is given."""


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
    """Gives out tokens that live for `lifetime` seconds, to whom `allowed` lets."""

    path: str
    allowed: Allowed
    shape: Shape = oauth2
    lifetime: float = 60.0
    make: Callable[[int, float], str] = lambda number, _: f"opaque-token-{number:08d}"
    """(number, when it ends) -> a token."""
    known: Known = field(default_factory=Known)
    """The check of what it gave out."""
    faults: deque[Reply] = field(default_factory=deque)
    """What it answers before it works again."""
    down: bool = False
    """Whether it answers 503 to all."""
    asked: int = 0
    given: int = 0

    def answer(self, ask: Ask, method: str, body: bytes, now: float) -> Reply:
        """Answer a request."""
        self.asked += 1
        if self.faults:
            return self.faults.popleft()
        if self.down:
            return Reply(503, b"try again later")
        if ask.path != self.path:
            return Reply(404, b"not found")
        if not self.allowed(ask, method, body):
            return _json(401, {"error": "invalid_client"})
        ends = now + self.lifetime
        self.given += 1
        token = self.make(self.given, ends)
        self.known.issued[token] = ends
        return _json(200, self.shape(token, ends, now))

    def revoke(self) -> None:
        """End every token that was given out."""
        self.known.issued.clear()


def limited(seconds: int) -> Reply:
    """Return the answer to who asks too often."""
    return Reply(429, b"", headers=(("Retry-After", str(seconds)),))


def _json(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value).encode(), JSON)
