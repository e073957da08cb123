"""Replies to players, made from kept resources or from running fills."""

from collections.abc import Callable
from dataclasses import replace

from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.conditions import Selected, answer_of, part_answer_of
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Extent
from proxy.core.http.wanted_part import Wish, conditions
from proxy.errors import StatusError
from proxy.replies import MediaBody, MediaReply, PlayerAsk
from proxy.sharing.fill_orders import Begun
from proxy.sharing.following import Follower, RestAfter
from proxy.sharing.kept_body import KeptBody
from proxy.store.key import Span
from proxy.store.port import Kept

_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416


class UnfitError(Exception):
    """A part was requested, but its end is not known yet."""


def kept_reply(
    kept: Kept, span: Span | None, ask: PlayerAsk, cache: CacheStatus, age: int
) -> MediaReply | None:
    """Return the reply to a player from a kept resource.

    With a `span`, only this part of the resource is kept. Returns None if the player
    needs other bytes. Raises StatusError (416) if the range is outside the resource.
    """
    fields, headers = conditions(ask.headers), kept.head.headers
    if span is not None:
        extent = Extent(span.start, span.start + kept.size, kept.head.total)
        part = part_answer_of(fields, headers, extent, method=ask.method)
        return None if part is None else _selected(kept, part, cache, age)
    if not fields:
        return MediaReply(_OK, headers, KeptBody(kept), cache, age)
    chosen = answer_of(fields, headers, kept.size, method=ask.method)
    return _selected(kept, chosen, cache, age)


def begun_reply(
    begun: Begun,
    wish: Wish,
    cache: CacheStatus,
    age: int | None,
    left: Callable[[int], None],
    rest: RestAfter | None = None,
) -> MediaReply:
    """Return the reply to a player from a resource whose bytes are coming.

    `left` is called with the number of bytes that the player took. `rest` is called to
    get the missing bytes if the player is too slow for the others. Raises UnfitError,
    or StatusError (416) if the range is outside the resource.
    """
    shared, length = begun.shared, begun.length
    status, headers, start, end = shared.status, shared.headers, 0, length
    if begun.asked_whole and wish.range is not None:
        if length is None or not _may_be_cut(headers):
            if not wish.whole:
                raise UnfitError
        else:
            within = wish.range.within(length)
            if within is None:
                raise _outside(length)
            start, end = within
            status, headers = _PARTIAL, _with_range(headers, Extent(*within, length))
    body = Follower(begun.growing, start, end, held=begun.held, left=left, rest=rest)
    return MediaReply(status, headers, body, cache, age)


def own_reply(reply: MediaReply, wish: Wish) -> MediaReply:
    """Return the answer to a request for the whole resource, adapted to the player.

    If the player sent `bytes=0-`, it gets a 206. This requires an origin that supports
    ranges, and a known length.
    """
    body: MediaBody = reply.answer
    length = body.content_length
    whole = reply.status == _OK and body.framing is Framing.LENGTH
    if wish.range is None or not whole or not length or not _may_be_cut(reply.headers):
        return reply
    headers = _with_range(reply.headers, Extent(0, length, length))
    return replace(reply, status=_PARTIAL, headers=headers)


def _selected(kept: Kept, chosen: Selected, cache: CacheStatus, age: int) -> MediaReply:
    status, start, end, headers = chosen
    if status == _UNSATISFIABLE:
        raise StatusError("outside", status=status, headers=headers)
    return MediaReply(status, headers, KeptBody(kept, start, end), cache, age)


def _outside(length: int) -> StatusError:
    refusal = (("Content-Range", f"bytes */{length}"),)
    return StatusError("outside", status=_UNSATISFIABLE, headers=refusal)


def _with_range(headers: Fields, extent: Extent) -> Fields:
    return (*headers, ("Content-Range", extent.content_range))


def _may_be_cut(headers: Fields) -> bool:
    """Return whether the origin supports ranges and sends the body without a coding.

    Only then may a part be cut out of the whole before it is kept, because the next
    request may have to go to the upstream again.
    """
    said = {name.lower(): value.strip() for name, value in headers}
    plain = said.get("content-encoding", "identity") == "identity"
    return plain and said.get("accept-ranges", "").lower() == "bytes"
