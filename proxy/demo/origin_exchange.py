"""A request to the origin and its reply, as values without a socket.

A target is kept as it was sent, so that a proxy that re-encodes it is noticed.
"""

import json
import math
import re
from dataclasses import KW_ONLY, dataclass, field
from typing import Protocol

from proxy.demo.programme import MediaPiece, NotYet, Offered, Unable
from proxy.demo.record import UNKNOWN, Refusal

# RFC 7515, section 3.1: a JOSE header is a JSON object, so it begins with `{"`.
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@dataclass(frozen=True, slots=True)
class OriginRequest:
    """The parts of a request that matter here."""

    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    _: KW_ONLY
    authorization: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    since: float = math.inf
    """Epoch seconds when it was received. By default it has not been waiting."""


@dataclass(frozen=True, slots=True)
class OriginReply:
    """A reply, and what is recorded about it."""

    status: int
    body: bytes = field(repr=False)
    _: KW_ONLY
    content_type: str
    stream: str = UNKNOWN
    refusal: Refusal | None = None
    token_life: float | None = None
    """Seconds until the accepted token expires."""
    challenge: str = ""
    """The value of WWW-Authenticate, if there is one."""
    kept_seconds: int | None = None
    """How many seconds a cache may keep it; None: no such header is sent."""
    retry_seconds: int | None = None
    """The value of Retry-After, if there is one."""
    again_at: float | None = None
    """If set, send nothing: ask again with the same request at this epoch time."""


class House(Protocol):
    """A kind of protection: how it answers, and which tokens it considers stray."""

    def serves(self, path: str) -> bool:
        """Return whether the path has the shape of this kind of protection."""
        ...

    def answer(self, ask: OriginRequest, now: float) -> OriginReply:
        """Answer a request at `now`, in epoch seconds."""
        ...

    def stray(self, ask: OriginRequest) -> bool:
        """Return whether the request carries a token where it should not."""
        ...


def holds_token(*texts: str | None) -> bool:
    """Return whether any of the strings contains something like a JSON Web Token."""
    return any(_JWT.search(text) for text in texts if text)


def served(found: Offered, stream: str, life: float | None = None) -> OriginReply:
    """Reply with what was found, or with 404; `life` is the token's, in seconds."""
    match found:
        case None:
            return missing(stream, life)
        case MediaPiece(body, kind, kept):
            return OriginReply(
                200,
                body,
                content_type=kind,
                stream=stream,
                token_life=life,
                kept_seconds=kept,
            )
        case NotYet(at):
            return OriginReply(
                202, b"", content_type="text/plain", stream=stream, again_at=at
            )
        case Unable():
            return OriginReply(
                found.status,
                failure(found.reason),
                content_type="application/json",
                stream=stream,
                token_life=life,
                kept_seconds=found.kept_seconds,
                retry_seconds=found.retry_seconds,
            )


def missing(stream: str = UNKNOWN, life: float | None = None) -> OriginReply:
    """Reply that this does not exist."""
    body = failure("not found")
    return OriginReply(
        404, body, content_type="application/json", stream=stream, token_life=life
    )


def refused(status: int, refusal: Refusal, stream: str = UNKNOWN) -> OriginReply:
    """Reply that access is refused."""
    return OriginReply(
        status,
        failure(refusal),
        content_type="application/json",
        stream=stream,
        refusal=refusal,
    )


def failure(message: str) -> bytes:
    """Return an error's body in the format FastPix uses."""
    return json.dumps({"success": False, "error": {"message": message}}).encode()
