"""Lists everything in a recording that must be fetched, so that it plays offline."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from proxy.core.hls.listed import ListedRendition, ListedResource, listed, renditions
from proxy.core.http.offline import confirmed
from proxy.core.kind import Kind
from proxy.errors import StartError
from proxy.localise.catalog import ENTRY
from proxy.localise.folders import MAIN, target
from proxy.replies import PlayerAsk, PlaylistReply, Reply
from proxy.settings.errors.mistakes import choice

BASE_URL = "http://127.0.0.1"
"""The base URL of the proxy in requests of a prefetch; no server listens there."""

_ENDED = b"#EXT-X-ENDLIST"


class PlayedStream(Protocol):
    """The methods of a stream that are needed here."""

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Return the answer for a path below the stream; failures are raised."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedPiece:
    """A resource, or the part of it that is played."""

    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class PrefetchPlan:
    """Everything that has to be fetched for a recording."""

    renditions: list[str] = field(default_factory=list)
    pieces: dict[str, PlannedPiece] = field(default_factory=dict)
    """The pieces by path and range, because renditions may share resources."""
    encrypted: bool = False
    playlists: list[str] = field(default_factory=list)

    @property
    def everything(self) -> list[PlannedPiece]:
        """Everything that a player requests, playlists first."""
        listed = [PlannedPiece(path, {}) for path in self.playlists]
        return [*listed, *self.pieces.values()]


async def plan_of(
    stream: PlayedStream, name: str, wanted: Iterable[str], *, trusted: bool
) -> PrefetchPlan:
    """Return everything to fetch for the wanted renditions; by default for all.

    Raises StartError if a rendition does not exist, if the stream is live, or if it
    must not be kept.
    """
    plan = PrefetchPlan()
    entry = await _playlist(stream, name, ENTRY)
    replies = {ENTRY: entry}
    for path in _chosen(entry.body, wanted):
        if path not in replies:
            replies[path] = await _playlist(stream, name, path)
        body = replies[path].body
        if _ENDED not in body:
            raise StartError(
                f"{name} is live: only a recording can be fetched ahead, whose "
                "playlists end with EXT-X-ENDLIST"
            )
        plan.renditions.append(_name_of(path))
        for one in listed(body):
            if one.kind is Kind.KEY:
                plan.encrypted = True
            elif (below := target(path, one.reference)) is not None:
                piece = PlannedPiece(below, _headers(one))
                plan.pieces[f"{below} {piece.headers}"] = piece
    for reply in replies.values():
        _check(reply, name, trusted=trusted)
    plan.playlists = list(replies)
    return plan


async def _playlist(stream: PlayedStream, name: str, path: str) -> PlaylistReply:
    reply = await stream.open(path, PlayerAsk("GET", "", {}, BASE_URL))
    if not isinstance(reply, PlaylistReply):
        raise StartError(f"{name}: {path} is no playlist")
    return reply


def _check(reply: PlaylistReply, name: str, *, trusted: bool) -> None:
    """Raise StartError if a playlist must not or cannot be kept."""
    if confirmed(reply.headers, 0.0, trusted=trusted) is None:
        key = f"streams.{name.partition('/')[0]}.store.trust"
        raise StartError(
            f"{name}: the platform forbids keeping its playlists (Cache-Control); if "
            f'you may keep them, set {key} = "playlist"'
        )
    if BASE_URL.encode() in reply.body:
        raise StartError(
            f"{name}: a playlist refers to documents that are made for each player "
            "(content steering, interstitials), so it is not kept"
        )


def _chosen(entry: bytes, wanted: Iterable[str]) -> list[str]:
    """Return the paths of the wanted renditions and of the groups they are played with.

    Raises StartError if a rendition does not exist.
    """
    found = dict(_by_name(renditions(entry)))
    names = dict.fromkeys(wanted)
    if not found:
        found = {MAIN: (ENTRY, ListedRendition(ENTRY))}
    for name in names:
        if name not in found:
            raise StartError(f'there is no rendition "{name}"; {choice(name, found)}')
    groups = {group for name in names for group in found[name][1].uses}
    return [
        path
        for name, (path, one) in found.items()
        if not names or name in names or one.group in groups
    ]


def _by_name(
    found: Iterable[ListedRendition],
) -> Iterator[tuple[str, tuple[str, ListedRendition]]]:
    for one in found:
        path = target(ENTRY, one.reference)
        if path is not None:
            yield _name_of(path), (path, one)


def _name_of(path: str) -> str:
    return path.rpartition("/")[0] or MAIN


def _headers(one: ListedResource) -> Mapping[str, str]:
    return {} if one.end is None else {"Range": f"bytes={one.start}-{one.end - 1}"}
