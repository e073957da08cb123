"""Decides by its content whether an answer is what was requested."""

import asyncio
from dataclasses import field

from proxy.core.hls.imposters import (
    Imposter,
    imposter,
    is_page_type,
    is_suspect,
    is_unclear,
)
from proxy.core.hls.sniffing import (
    SNIFF_BYTES,
    UNCLEAR_BYTES,
    begins_at_zero,
    is_named_subtitle,
    is_plainly_media,
    is_whole,
)
from proxy.core.http.framing import Framing
from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS
from proxy.core.kind import Kind
from proxy.core.values import value
from proxy.fetch.wanted import Wanted
from proxy.upstream.answer import Answer

GLANCE_SECONDS = 0.25
"""How long to wait for the first bytes of a body; a held part has none yet."""

_NO_CONTENT, _PARTIAL = 204, 206
# A key is no longer than this, so all of it is seen.
_KEY_BYTES = 1024

# Bytes can show that these are media. Other kinds are judged by their text or length.
_MAYBE_MEDIA = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# No part of the requested resource looks like these.
_PLAIN = frozenset({Imposter.PAGE, Imposter.XML, Imposter.JSON})


@value
class ContentCheck:
    """What the content of an answer shows."""

    body: bytes = field(default=b"", repr=False)
    """The whole body, if it was to be read."""
    imposter: Imposter | None = None
    """What came instead of the requested thing; None if nothing suggests that."""
    seen: bytes = field(default=b"", repr=False)
    """The beginning of an imposter."""


_GENUINE = ContentCheck()


async def content_of(wanted: Wanted, answer: Answer) -> ContentCheck:
    """Return what the content shows, and the body if it was to be read.

    An answer with an imposter is closed.
    """
    body, head = b"", None
    if wanted.kind in _MAYBE_MEDIA and is_plainly_media(answer.shown(SNIFF_BYTES)):
        return _GENUINE
    said = answer.headers.get("Content-Type", "")
    try:
        if wanted.limit is None:
            head = await _glance(wanted.kind, answer, said)
        else:
            async with answer:
                body = await answer.read(wanted.limit, wanted.setting)
            whole = wanted.kind in JSON_DOCUMENTS
            head = body if whole else body.lstrip()[:UNCLEAR_BYTES]
    except BaseException:
        answer.close()
        raise
    came = None if head is None else _imposter(wanted, answer, said, head)
    if came is None:
        return ContentCheck(body) if body else _GENUINE
    answer.close()
    return ContentCheck(body, came, body or head or b"")


def _imposter(
    wanted: Wanted, answer: Answer, said: str, head: bytes
) -> Imposter | None:
    subtitle = is_named_subtitle(wanted.url, answer.url)
    came = imposter(wanted.kind, said, head, subtitle=subtitle)
    if came is None or (came is Imposter.NOTHING and wanted.allow_empty):
        return None
    if came not in _PLAIN and _is_piece(wanted.kind, answer, head):
        return None
    return came


def _is_piece(kind: Kind, answer: Answer, head: bytes) -> bool:
    """Return whether the answer is a part that shows nothing about the whole.

    Players request the first two bytes to learn the length of a file. In media these
    may happen to be letters.
    """
    if answer.status != _PARTIAL:
        return False
    if kind in PLAYLISTS:
        return True
    whole = is_whole(answer.headers.get("Content-Range", ""))
    short = kind is Kind.KEY or len(head) < SNIFF_BYTES
    return bool(head) and short and not whole


async def _glance(kind: Kind, answer: Answer, said: str) -> bytes | None:
    """Return the beginning of a body; None if it has none that helps, or not soon.

    The bytes stay in the answer. Keys, and answers whose type suggests a page, are
    awaited without a timeout here, because no server sends those slowly.
    """
    patient = kind is Kind.KEY or is_suspect(said)
    if answer.framing is Framing.NONE and answer.status != _NO_CONTENT:
        return None
    part = answer.headers.get("Content-Range", "")
    if (
        answer.status == _PARTIAL
        and not begins_at_zero(part)
        and not is_page_type(said)
    ):
        return None
    size = _KEY_BYTES if kind is Kind.KEY else SNIFF_BYTES
    try:
        if answer.shows(size):
            head = await answer.beginning(size)
        else:
            async with asyncio.timeout(None if patient else GLANCE_SECONDS):
                head = await answer.beginning(size)
                # There are bytes, but in an unknown coding.
                if not head and await answer.peek(1):
                    return None
    except TimeoutError:
        return None
    if len(head) == SNIFF_BYTES and is_unclear(head):
        return await answer.beginning(UNCLEAR_BYTES)
    return head
