"""Loads the JSON documents that playlists refer to: asset lists, steering manifests.

These documents differ between players, so each player's request goes upstream on its
own. Only the names in the answer are kept.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from proxy.clock import Clock
from proxy.core.hls import asset_list
from proxy.core.hls.names import Base
from proxy.core.hls.playlist import Reference, Rewritten, is_playlist
from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError, NameUnknownError
from proxy.events.playlist_warning import PlaylistWarning
from proxy.fetch.asking import Asker
from proxy.fetch.wanted import Wanted
from proxy.localise.catalog import Catalog
from proxy.localise.document_place import NOTHING, DocumentPlace
from proxy.localise.folders import COMMON, Folder
from proxy.localise.ladder import Ladder
from proxy.localise.listing import Listing, Resource
from proxy.localise.localiser import Localiser, without
from proxy.localise.naming import Namer
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.steering import Steered, steer
from proxy.streams.learning import Learner
from proxy.streams.loaded import Loaded
from proxy.streams.playlists import Playlists
from proxy.upstream.answer import Answer

T = TypeVar("T")

_OK = 200
_CLONES = "CLONES"
# Larger documents would block the event loop for more than a few milliseconds.
_OWN_THREAD_BYTES = 4 * 1024
# Real documents have a few kilobytes.
_MOST_BYTES = 1024 * 1024
_FOLDER = Folder(COMMON, "")
# Players fetch an interstitial within minutes of its list. If paused, they fetch it
# the same evening.
_ASSET_SECONDS = 6 * 3600.0


class JsonDocuments:
    """The JSON documents of one stream."""

    def __init__(
        self,
        asker: Asker,
        localiser: Localiser,
        playlists: Playlists,
        *,
        catalog: Catalog,
        learner: Learner,
        most_bytes: int,
        clock: Clock,
        warnings: PlaylistWarnings,
    ) -> None:
        self._asker = asker
        self._localiser = localiser
        self._catalog = catalog
        self._learner = learner
        self._playlists = playlists
        self._most_bytes = min(most_bytes, _MOST_BYTES)
        self._setting = "limits.playlist_bytes" if most_bytes < _MOST_BYTES else ""
        self._clock = clock
        self._warnings = warnings

    async def load(
        self, path: str, *, query: str = "", headers: Fields = (), root: str = ""
    ) -> Loaded:
        """Fetch the document at the local path, and rewrite its URLs to local ones.

        The parameters are those of `Playlists.load`. If the answer is a playlist, it
        is handled and returned as that method does. Otherwise the result has `json`
        set.
        """
        resource = self._catalog.get(path)
        if resource is None:
            raise NameUnknownError("no such document")
        asked_at = self._clock.mono()
        answer, body = await self._asker.read(
            Wanted(
                resource.kind,
                resource.url,
                path,
                headers=headers,
                query=query,
                limit=self._most_bytes,
                setting=self._setting,
            )
        )
        if is_playlist(body):
            return await self._playlists.load(path, query=query, root=root)
        if answer.status != _OK:
            raise BadAnswerError("a document that is empty or a part")
        text = await self._localised(path, resource, answer, body, root)
        facts = Rewritten(text.encode())
        return Loaded(facts.body, (), facts=facts, asked_at=asked_at, json=True)

    async def _localised(
        self, path: str, resource: Resource, answer: Answer, body: bytes, root: str
    ) -> str:
        secrets = answer.private
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise BadAnswerError("a document that is no text") from exc
        size = len(body)
        echoing = await _apart(partial(secrets.holds, text), size)
        namer = self._namer(path, resource, answer, root, echoing=echoing)
        if resource.kind is Kind.STEERING:
            local = await self._steered(path, resource, answer.url, text, namer)
        else:
            work = partial(
                asset_list.localised,
                text,
                answer.url,
                lambda url: namer(Reference(url, Kind.PLAYLIST, absolute=True)),
            )
            local = await _apart(work, size)
        named = namer.turn()
        keep = None if resource.kind is Kind.STEERING else _ASSET_SECONDS
        listing = Listing.of(named.sheets)
        await self._learner.learn(path, listing, now=self._clock.mono(), keep=keep)
        self._catalog.forbid(named.refused)
        if named.refused:
            self._warnings.tell(PlaylistWarning.ADDRESS, path, named.refused)
        made = local.encode()
        return (await _apart(partial(without, made, secrets), len(made))).decode()

    async def _steered(
        self, path: str, resource: Resource, base: str, text: str, namer: Namer
    ) -> str:
        ladder = self._playlists.memories.known(resource.parent).ladder
        # A few bytes of a manifest may clone a whole ladder many times.
        own = _CLONES in text or len(text) > _OWN_THREAD_BYTES
        bare = self._localiser.marks.rule.bare

        def work() -> tuple[Steered, Ladder]:
            steered = steer(text, base, ladder, namer)
            slugs = {bare(url): slug for url, slug in steered.clones.items()}
            return steered, replace(ladder, slugs={**ladder.slugs, **slugs})

        steered, led = await asyncio.to_thread(work) if own else work()
        self._playlists.memories.lead(path, resource.parent, led)
        if steered.unsteered:
            self._warnings.tell(PlaylistWarning.UNSTEERED, path)
        return steered.text

    def _namer(
        self,
        path: str,
        resource: Resource,
        answer: Answer,
        root: str,
        *,
        echoing: bool,
    ) -> Namer:
        local, marks = self._localiser, self._localiser.marks
        base = Base(marks.steady(answer.url), marks.steady(resource.url))
        # Its references count as if the playlist itself had listed them, no deeper.
        depth = max(0, resource.depth - 1)
        token = Recogniser(answer.secrets)
        place = DocumentPlace(
            path=path,
            depth=depth,
            folder=_FOLDER,
            url=answer.url,
            base=base,
            marks=marks,
            allowed=local.allowed,
            secrets=answer.private if echoing else NOTHING,
            token=token if echoing else NOTHING,
            suffix=local.suffix,
        )
        return Namer(place, renditions={}, known=local.known, root=root)


async def _apart(work: Callable[[], T], size: int) -> T:
    """Return the result of some work, run in its own thread if it may take long."""
    return await asyncio.to_thread(work) if size > _OWN_THREAD_BYTES else work()
