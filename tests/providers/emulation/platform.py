"""A platform: doors, a layout and the writers of links, composed."""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace

from tests.providers.emulation.asks import ENTRY, Ask, Reason, RefusedError, Reply, Role
from tests.providers.emulation.carriers import Shown
from tests.providers.emulation.doors import Door, Entered
from tests.providers.emulation.layout import HOME, Layout
from tests.providers.emulation.links import (
    Gift,
    Issuer,
    Link,
    Move,
    Page,
    Signature,
    Writer,
    rendition_in,
)
from tests.providers.emulation.programme import M3U8, Piece, Programme


def plain(reason: str) -> Reply:
    """Return the body of an error without details (`status` is to be filled in)."""
    return Reply(0, reason.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How one platform protects its streams."""

    doors: tuple[Door, ...] = ()
    """The first one that finds its credential judges the request."""
    layout: Layout = field(default_factory=Layout)
    programme: Programme = field(default_factory=Programme)
    signature: Signature | None = None
    """Signs the blobs in the paths of children."""
    writers: tuple[Writer, ...] = ()
    moves: tuple[Move, ...] = ()
    issuer: Issuer | None = None
    issued_to: frozenset[Role] = ENTRY
    """The roles that get a new credential; others keep the one of their request."""
    gifts: tuple[Gift, ...] = ()
    error: Callable[[str], Reply] = plain
    starts_at: float = 0.0
    """When a live stream begins, in epoch seconds."""
    not_started: int = 404

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of its hosts."""
        found = (host for role in Role for host in self.layout.hosts_of(role))
        return tuple(dict.fromkeys((HOME, *found)))


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, and what to record about it."""

    reply: Reply
    role: Role | None = None
    _: KW_ONLY
    door: Door | None = None
    shown: Shown = field(default_factory=dict, repr=False)
    reason: Reason | None = None
    life: float | None = None
    """The remaining lifetime of the credential, in seconds."""
    issued: str = field(default="", repr=False)


def answer(
    platform: Platform, ask: Ask, now: float, bases: Mapping[str, str]
) -> Answered:
    """Answer a request; `bases` are the URLs of the platform's hosts."""
    found = _door(platform, ask)
    if found is None:
        return Answered(_error(platform, 404, "not found"))
    piece, entered = found
    door = entered.door
    answered = Answered(Reply(0), piece.role, door=door, shown=entered.shown)
    if door is not None:
        try:
            ends = door.let_in(entered.shown, entered.rest, now)
        except RefusedError as refusal:
            status = door.statuses[refusal.reason]
            reply = _error(platform, status, refusal.reason)
            return replace(answered, reply=reply, reason=refusal.reason)
        entered = replace(entered, ends=ends)
        answered = replace(answered, life=ends - now)
    if piece.role is Role.ENTRY and now < platform.starts_at:
        reply = _error(platform, platform.not_started, "the stream is not ready")
        return replace(answered, reply=reply)
    page = _page(platform, piece, entered, now)
    reply = _served(platform, piece, page, bases)
    return replace(answered, reply=reply, issued=page.issued)


def _door(platform: Platform, ask: Ask) -> tuple[Piece, Entered] | None:
    """Return the requested piece, and the door that judges the request."""
    for door in platform.doors:
        taken = door.carrier.take(ask)
        if taken is None:
            continue
        shown, rest = taken
        piece = _piece(platform, rest)
        if piece is not None and piece.role in door.opens:
            return piece, Entered(rest, door, shown)
    piece = _piece(platform, ask)
    if piece is None:
        return None
    needed = (door for door in platform.doors if piece.role in door.opens)
    return piece, Entered(ask, next(needed, None))


def _piece(platform: Platform, ask: Ask) -> Piece | None:
    found = platform.layout.find(ask)
    if found is None:
        return None
    piece, blob = found
    if blob and not piece.rendition:
        piece = replace(piece, rendition=rendition_in(blob))
    known = {*platform.programme.renditions, ""}
    return piece if piece.rendition in known else None


def _page(platform: Platform, piece: Piece, entered: Entered, now: float) -> Page:
    issuer = platform.issuer
    if issuer is not None and piece.role in platform.issued_to:
        return Page(entered, issuer.issue(entered.rest, now), new=True, now=now)
    theirs = issuer is not None and entered.door and entered.door.check is issuer
    shown = "&".join(entered.shown.values()) if theirs else ""
    return Page(entered, shown, new=False, now=now)


def _served(
    platform: Platform, piece: Piece, page: Page, bases: Mapping[str, str]
) -> Reply:
    for move in platform.moves:
        target = move(piece, page)
        if target is not None:
            return Reply(302, headers=(("Location", _absolute(target, bases)),))
    headers = tuple(gift(page) for gift in platform.gifts) if page.new else ()
    if piece.role in {Role.ENTRY, Role.PLAYLIST}:
        body = _written(platform, piece, page, bases).encode()
        return Reply(200, body, M3U8, headers)
    media = platform.programme.media(piece)
    if media is None:
        return _error(platform, 404, "not found")
    return Reply(200, media, "video/mp2t", headers)


def _written(
    platform: Platform, piece: Piece, page: Page, bases: Mapping[str, str]
) -> str:
    blobs: dict[tuple[Role, str], str] = {}

    def link(to: Piece) -> str:
        key = (to.role, to.rendition)
        if platform.signature and key not in blobs:
            blobs[key] = platform.signature.blob(to.rendition)
        # One revision for all links of a playlist, and another one at every load.
        revision = int(page.now * 1000)
        layout = platform.layout
        path = layout.path(to, blob=blobs.get(key, ""), revision=revision)
        written = Link(layout.hosts_of(to.role)[0], path)
        for writer in platform.writers:
            written = writer(written, to, page)
        return _reference(written, page.entered.rest, bases)

    programme = platform.programme
    if piece.role is Role.ENTRY:
        return programme.entry(link)
    return programme.playlist(piece.rendition, link, page.now)


def _reference(link: Link, ask: Ask, bases: Mapping[str, str]) -> str:
    """Return the link as it is written: relative if it is on the same host."""
    if link.host != ask.host:
        return _absolute(link, bases)
    path = posixpath.relpath(link.path, posixpath.dirname(ask.path))
    return f"{path}?{link.query}" if link.query else path


def _absolute(link: Link, bases: Mapping[str, str]) -> str:
    text = f"{bases[link.host]}{link.path}"
    return f"{text}?{link.query}" if link.query else text


def _error(platform: Platform, status: int, reason: str) -> Reply:
    return replace(platform.error(reason), status=status)
