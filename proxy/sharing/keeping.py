"""Decides which answers players share, and which are kept for later.

A kept answer belongs to one stream and its credential, so RFC 9111 section 3.5 does not
apply. Only complete bodies are kept. So the framing of a body must show where it ends.
"""

import math
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.http.caching import caching_of
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Extent, Part
from proxy.core.kind import Kind
from proxy.replies import MediaReply
from proxy.store.key import Key, Span
from proxy.store.port import Head

KEY_SECONDS = 10.0
"""How long a decryption key is kept if its upstream sends no lifetime."""

_OK, _PARTIAL = 200, 206
_BOUNDED = frozenset({Framing.LENGTH, Framing.CHUNKED})
_NOT_KEPT = frozenset({"age", "content-length", "content-range"})


@dataclass(frozen=True, slots=True)
class Shareable:
    """An answer for all players that request the same resource."""

    key: Key
    """The key to keep it under: that of the whole if the upstream ignored a range."""
    status: int
    _: KW_ONLY
    headers: Fields = field(repr=False)
    """The fields for players, without Age."""
    head: Head
    kept: bool
    """Whether it is kept when it is complete. If not, it is only shared until then."""


@dataclass(frozen=True, slots=True)
class Unshared:
    """An answer that only one player gets."""

    why: str
    """The reason, in a word or two."""
    lasting: bool = True
    """Whether its neighbours are probably not shared either."""


def shareable(
    reply: MediaReply, key: Key, kind: Kind, *, trusted: bool, now: float
) -> Shareable | Unshared:
    """Return whether and how an answer is shared. `now` is in epoch seconds.

    `trusted` means that media is kept while it is listed, whatever its header fields
    say.
    """
    if reply.answer.framing not in _BOUNDED:
        return Unshared("close-delimited")
    part = _part_of(reply)
    if reply.status != _OK and (part is None or not _begins(part, key.span)):
        return Unshared("status", lasting=False)
    total = None if part is None else part.total
    head = head_of(reply.headers, kind, trusted=trusted, now=now, total=total)
    if head is None:
        return Unshared("no-store")
    if part is None:
        whole = key._replace(span=None)
        # A Content-Range contradicts the status 200: the body may be only a part.
        named = {name.lower() for name, _ in reply.headers}
        kept = "content-range" not in named
        return Shareable(whole, _OK, headers=head.headers, head=head, kept=kept)
    told = (*head.headers, ("Content-Range", Extent(*part).content_range))
    return Shareable(
        key, _PARTIAL, headers=told, head=head, kept=_is_exact(part, key.span)
    )


def validators(headers: Fields) -> Fields:
    """Return the request fields to revalidate kept bytes; empty if impossible."""
    named = {name.lower(): value for name, value in headers}
    if "etag" in named:
        return (("If-None-Match", named["etag"]),)
    if "last-modified" in named:
        return (("If-Modified-Since", named["last-modified"]),)
    return ()


def head_of(
    headers: Fields, kind: Kind, *, trusted: bool, now: float, total: int | None
) -> Head | None:
    """Return the metadata to keep with the bytes; None if nothing may be kept."""
    trusted = trusted and kind is not Kind.KEY
    caching = caching_of(headers, status=_OK, trusted=trusted)
    if not caching.stored:
        return None
    fresh = caching.fresh_seconds
    if kind is Kind.KEY and math.isinf(fresh):
        fresh = KEY_SECONDS
    return Head(kept_fields(headers), now - caching.age, fresh, total)


def kept_fields(headers: Fields) -> Fields:
    """Return the fields that depend neither on the time nor on the requested part."""
    return tuple(pair for pair in headers if pair[0].lower() not in _NOT_KEPT)


def _part_of(reply: MediaReply) -> Part | None:
    """Return the part that a 206 holds; None for any other answer."""
    if reply.status != _PARTIAL:
        return None
    told = [value for name, value in reply.headers if name.lower() == "content-range"]
    return Part.of(told[0]) if len(told) == 1 else None


def _begins(part: Part, span: Span | None) -> bool:
    return span is not None and part.start == span.start


def _is_exact(part: Part, span: Span | None) -> bool:
    """Return whether a part is exactly the span; False if the length is unknown."""
    if span is None or part.total is None:
        return False
    wanted = part.total if span.end is None else min(span.end, part.total)
    return part.start == span.start and part.end == wanted
