"""Checks whether what was requested as media is media, before a player gets it."""

import asyncio
from enum import Enum

from proxy.core.hls.sniffing import (
    SNIFF_BYTES,
    begins_at_zero,
    is_named_playlist,
    is_plainly_media,
    is_playlist_answer,
    promises_media,
)
from proxy.core.hls.text_bodies import (
    SAMPLE_BYTES,
    is_known_media,
    is_surely_text,
)
from proxy.core.http.framing import Framing
from proxy.core.kind import Kind
from proxy.errors import (
    LimitError,
)
from proxy.localise.listing import Resource
from proxy.upstream.answer import Answer

# The first bytes follow the head at once, unless the upstream is still producing them.
_HEAD_SECONDS = 0.25
_OK, _PARTIAL = 200, 206
_PLAYED = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# Their bytes do not show what they are, so their tags are trusted.
_OPAQUE = frozenset({Kind.SESSION_DATA, Kind.MAP})


class Shows(Enum):
    """What the beginning of an answer shows."""

    MEDIA = "media, by its bytes"
    NO_PLAYLIST = "no playlist"
    NOTHING_YET = "nothing yet, but its type is that of media"
    PLAYLIST = "a playlist"


def is_without_text(resource: Resource, shows: Shows, *, piece: bool) -> bool:
    """Return whether there is no text in which a secret could be.

    Held media is checked when its bytes come.
    """
    if shows is Shows.NOTHING_YET or resource.kind is Kind.KEY:
        return True
    return shows is Shows.MEDIA and not piece


class MediaCheck:
    """Checks the answers for the resources of one stream."""

    def __init__(self, key_bytes: int) -> None:
        self._key_bytes = key_bytes

    async def shown(self, resource: Resource, answer: Answer, *, text: bool) -> Shows:
        """Return what the beginning of an answer shows; a playlist is closed.

        `text` is true if the answer is called text, in which a secret could be.
        """
        if not text and _is_plain(resource, answer):
            return Shows.MEDIA
        try:
            if not text and await _is_held(resource, answer):
                return Shows.NOTHING_YET
            if await self._is_media(resource, answer):
                return Shows.NO_PLAYLIST
        except BaseException:
            answer.close()
            raise
        answer.close()
        return Shows.PLAYLIST

    async def _is_media(self, resource: Resource, answer: Answer) -> bool:
        kind = resource.kind
        if kind is Kind.KEY:
            most = self._key_bytes
            if len(await answer.peek(most + 1)) > most:
                size = answer.content_length
                found = f"{size:,}" if size and size > most else f"more than {most:,}"
                raise LimitError(
                    f"a key of {found} bytes", setting="limits.key_bytes", allowed=most
                )
            return True
        if kind in _OPAQUE:
            return True
        head: bytes | None = await answer.beginning(SNIFF_BYTES)
        named = is_named_playlist(resource.url, answer.url)
        if answer.framing is Framing.NONE:
            head, named = None, False
        elif answer.status == _PARTIAL:
            # A part may not include the beginning, which shows what it is.
            content_range = answer.headers.get("Content-Range", "")
            head = head if begins_at_zero(content_range) else None
        said = answer.headers.get("Content-Type", "")
        return not is_playlist_answer(head, said, named=named)

    async def is_media_indeed(self, resource: Resource, answer: Answer) -> bool:
        """Return whether the body is media as its type says, once some bytes came."""
        head = await answer.beginning(SNIFF_BYTES)
        return await self._is_media(resource, answer) and not is_surely_text(head)


def _is_plain(resource: Resource, answer: Answer) -> bool:
    """Return whether the bytes already received show media, so no check is left.

    The first bytes of a later part show nothing, and a key may be any bytes.
    """
    whole = answer.status == _OK and resource.kind in _PLAYED
    head = answer.shown(SAMPLE_BYTES) if whole else b""
    return is_plainly_media(head) and is_known_media(head)


async def _is_held(resource: Resource, answer: Answer) -> bool:
    """Return whether the answer is surely media and its body is still held back.

    If not, its first bytes are checked before the player gets anything.
    """
    if answer.shows(SNIFF_BYTES):
        return False
    said, part = answer.headers.get("Content-Type", ""), resource.kind is Kind.PART
    named = is_named_playlist(resource.url, answer.url)
    if resource.kind is Kind.KEY or not promises_media(said, part=part, named=named):
        return False
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            await answer.beginning(SNIFF_BYTES)
    except TimeoutError:
        return True
    return False
