"""A question to the origin and its reply, as values: what is judged, without a socket.

A target is kept as it was sent: a proxy that re-encodes it is to be found out.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Protocol

from proxy.demo.programme import Ahead, Found, MediaPiece, Unable
from proxy.demo.record import UNKNOWN, Refusal

# RFC 7515, section 3.1: a JOSE header is a JSON object, so it begins `{"`.
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@dataclass(frozen=True, slots=True)
class OriginRequest:
    """A request, as far as it matters here."""

    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    authorization: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    since: float = math.inf
    """Epoch seconds when it was asked; by default it has not been waiting."""


@dataclass(frozen=True, slots=True)
class OriginReply:
    """An answer, and what is to be recorded of it."""

    status: int
    body: bytes = field(repr=False)
    content_type: str
    stream: str = UNKNOWN
    refusal: Refusal | None = None
    token_life: float | None = None
    """Seconds that the accepted token had left."""
    challenge: str = ""
    """The value of WWW-Authenticate, where there is one."""
    kept_seconds: int | None = None
    """How long a cache may keep it; None where nothing is said."""
    retry_seconds: int | None = None
    """The value of Retry-After, where there is one."""
    again_at: float | None = None
    """Not to be sent: the same question is to be asked again at this epoch time."""


class House(Protocol):
    """One way of protection: what it answers, and what it takes for a stray token."""

    def serves(self, path: str) -> bool:
        """Tell by its shape whether a path is one of this house."""
        ...

    def answer(self, ask: OriginRequest, now: float) -> OriginReply:
        """Answer a request at `now`, in epoch seconds."""
        ...

    def stray(self, ask: OriginRequest) -> bool:
        """Tell whether the request carries a token where none belongs."""
        ...


def holds_token(*texts: str | None) -> bool:
    """Tell whether anything in there looks like a JSON Web Token."""
    return any(_JWT.search(text) for text in texts if text)


def served(found: Found, stream: str, life: float | None = None) -> OriginReply:
    """Reply with what was found, or that there is nothing. `life` is the token's."""
    match found:
        case None:
            return missing(stream, life)
        case MediaPiece(body, kind, kept):
            return OriginReply(
                200, body, kind, stream, token_life=life, kept_seconds=kept
            )
        case Ahead(at):
            return OriginReply(202, b"", "text/plain", stream, again_at=at)
        case Unable():
            return OriginReply(
                found.status,
                failure(found.reason),
                "application/json",
                stream,
                token_life=life,
                kept_seconds=found.kept_seconds,
                retry_seconds=found.retry_seconds,
            )


def missing(stream: str = UNKNOWN, life: float | None = None) -> OriginReply:
    """Reply that there is no such thing."""
    body = failure("not found")
    return OriginReply(404, body, "application/json", stream, token_life=life)


def refused(status: int, refusal: Refusal, stream: str = UNKNOWN) -> OriginReply:
    """Reply that this may not be had."""
    return OriginReply(status, failure(refusal), "application/json", stream, refusal)


def failure(message: str) -> bytes:
    """Return an error's body, of the shape FastPix uses."""
    return json.dumps({"success": False, "error": {"message": message}}).encode()
