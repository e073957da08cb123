"""Send a rewritten playlist over HTTP: type, validator, 304, gzip."""

import asyncio
import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

from aiohttp import hdrs

from proxy.core.http.headers import Fields
from proxy.replies import PlaylistReply, PreparedPlaylist
from proxy.web.reply import WholeReply, lines

MIME_TYPE = "application/vnd.apple.mpegurl"

# For smaller bodies the head of the answer is longer than what gzip saves.
_ZIP_BYTES = 1024
# Level 1 makes a playlist 8 to 15 times smaller; level 6 costs 3 times as much CPU for
# a fifth less.
_ZIP_LEVEL = 1
# About 3 ms for gzip and validator. Larger bodies would noticeably delay other players.
_THREAD_BYTES = 256 * 1024
_TAG_BYTES = 12

_TAG = re.compile(r'"[^"]*"')
_GZIP = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([0-9.]+)\s*)?(?=,|$)", re.IGNORECASE
)


async def playlist_reply(reply: PlaylistReply, asked: Mapping[str, str]) -> WholeReply:
    """Return the playlist as this player wants it; `asked` are its header fields.

    The validator is computed from the bytes, one per coding (RFC 9110 section 8.8.3.3).
    The upstream's validator belongs to other bytes. Everything is computed once for all
    players.
    """
    zipped = is_zipped(reply, asked)
    form = reply.forms.get(zipped)
    if form is None:
        form = reply.forms[zipped] = await _formed(reply, zipped=zipped)
    return _reply(reply, form, asked)


def prepared_reply(reply: PlaylistReply, asked: Mapping[str, str]) -> WholeReply | None:
    """Return the same if it has been computed before, else None."""
    form = reply.forms.get(is_zipped(reply, asked))
    return None if form is None else _reply(reply, form, asked)


def _reply(
    reply: PlaylistReply, form: PreparedPlaylist, asked: Mapping[str, str]
) -> WholeReply:
    known = asked.get(hdrs.IF_NONE_MATCH)
    status = 200
    if known is not None and form.validated and _known(known, form.tag):
        status, form = 304, form.validated
    changing: Fields = ()
    if reply.age is not None:
        changing += ((hdrs.AGE, str(reply.age)),)
    if reply.cache is not None:
        changing += (("Cache-Status", reply.cache.line),)
    return WholeReply(
        status,
        form.headers,
        body=form.body,
        head=form.head,
        dated=form.dated,
        changing=changing,
    )


def is_zipped(reply: PlaylistReply, asked: Mapping[str, str]) -> bool:
    """Return whether this player gets the playlist compressed."""
    if len(reply.body) <= _ZIP_BYTES:
        return False
    return accepts_gzip(asked.get(hdrs.ACCEPT_ENCODING, ""))


async def _formed(reply: PlaylistReply, *, zipped: bool) -> PreparedPlaylist:
    if len(reply.body) < _THREAD_BYTES:
        return _form(reply, zipped=zipped)
    return await asyncio.to_thread(_form, reply, zipped=zipped)


def _form(reply: PlaylistReply, *, zipped: bool) -> PreparedPlaylist:
    digest = hashlib.blake2b(reply.body, digest_size=_TAG_BYTES).hexdigest()
    tag = f'"{digest}-gzip"' if zipped else f'"{digest}"'
    headers: Fields = (
        *(field for field in reply.headers if field[0].lower() != "vary"),
        ("ETag", tag),
        ("Vary", "Accept-Encoding"),
    )
    dated = any(name.lower() == "date" for name, _ in headers)
    validated = PreparedPlaylist(
        tag, headers, head=lines(headers), body=b"", dated=dated
    )
    body = reply.body
    headers = (*headers, ("Content-Type", MIME_TYPE))
    if zipped:
        headers = (*headers, ("Content-Encoding", "gzip"))
        body = gzip.compress(body, _ZIP_LEVEL, mtime=0)
    return PreparedPlaylist(
        tag, headers, head=lines(headers), body=body, validated=validated, dated=dated
    )


@lru_cache(maxsize=64)
def accepts_gzip(value: str) -> bool:
    """Return whether an Accept-Encoding allows gzip (RFC 9110 section 12.5.3)."""
    found = _GZIP.search(value)
    return found is not None and (found[1] or "1").strip("0.") != ""


def _known(if_none_match: str, tag: str) -> bool:
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
