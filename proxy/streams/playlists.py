"""Loads playlists, rewrites their URLs to local ones, and fills the catalog."""

import asyncio
import hashlib
from dataclasses import replace
from functools import lru_cache, partial
from urllib.parse import unquote

from proxy.clock import Clock
from proxy.core.hls.continuity import Moment
from proxy.core.hls.names import Base
from proxy.core.hls.playlist import Document
from proxy.core.http import uri
from proxy.core.http.player_query import undirected, without_brought
from proxy.core.kind import Kind
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import NameUnknownError
from proxy.fetch.reading import PlaylistReader, Read, Way
from proxy.fetch.response_fields import crossing
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS, Catalog
from proxy.localise.draft import Draft, Local
from proxy.localise.editions import Editions
from proxy.localise.effort import is_expensive
from proxy.localise.listing import Resource
from proxy.localise.localiser import Localiser
from proxy.localise.playlist_load import PlaylistLoad
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.stable_names import StableNames
from proxy.localise.uses import Uses
from proxy.streams.learning import Learner
from proxy.streams.loaded import Loaded
from proxy.streams.playlist_memory import PlaylistMemories, PlaylistMemory
from proxy.upstream.answer import Answer
from proxy.upstream.entry_visit import EntryVisit
from proxy.upstream.session import Session

# A live playlist changes at both ends: in its first number and its last segment.
_EDGE_BYTES = 1024
# A whole playlist comes at once or late. A delta plays without it, too. Only names that
# need their container's file extension may then differ from those in the whole.
_WHOLE_SECONDS = 2.0
_SOURCE_BYTES = 16


class Playlists:
    """The playlists of one stream."""

    def __init__(
        self,
        reader: PlaylistReader,
        localiser: Localiser,
        *,
        catalog: Catalog,
        learner: Learner,
        editions: Editions,
        clock: Clock,
        warnings: PlaylistWarnings,
        stable_names: StableNames,
        session: Session,
        uses: Uses,
    ) -> None:
        self._stable = stable_names
        self._uses = uses
        self._session = session
        self._reader = reader
        self._localiser = localiser
        self._catalog = catalog
        self._learner = learner
        self._clock = clock
        self._warnings = warnings
        self.memories = PlaylistMemories(catalog, localiser.marks)
        self._editions = editions

    async def load(
        self,
        path: str,
        *,
        query: str = "",
        root: str = "",
        whole: asyncio.Task[None] | None = None,
    ) -> Loaded:
        """Fetch the playlist at the local path, and rewrite its URLs to local ones.

        The playlist's current URL is used. `query` is the forwarded part of the
        player's query. `root` is the absolute local URL of the stream, for references
        that must be absolute. `whole` is a task that loads the whole playlist. If the
        first answer seen is a delta, it waits a moment for that task, to know the
        segments. Raises NameUnknownError if the catalog lacks the path.
        """
        resource = self._catalog.get(path)
        if resource is None:
            raise NameUnknownError("no such playlist")
        load = partial(self._load, path, resource, query=query, root=root, whole=whole)
        if resource.kind is not Kind.ENTRY:
            return await load()
        visit = EntryVisit(self._session)
        try:
            loaded = await load(visit)
        finally:
            visit.settle(replacing=self._stable.gives_way(path))
        self._stable.helped()
        return loaded

    async def _load(
        self,
        path: str,
        resource: Resource,
        session: Session | None = None,
        *,
        query: str,
        root: str,
        whole: asyncio.Task[None] | None,
    ) -> Loaded:
        asked_at = self._clock.mono()
        read = await self._reader.read(
            path, resource, query=query, way=self._way(path), session=session
        )
        read_at = Moment(self._clock.mono(), self._clock.wall())
        if query:
            read = replace(read, body=without_brought(read.body, query))
        memory = self.memories.of(path)
        if whole and memory.folder is None and b"#EXT-X-SKIP" in read.body:
            await asyncio.wait({whole}, timeout=_WHOLE_SECONDS)
        draft = self._draft(path, resource, memory, read, root)
        local = await self._made_local(draft)
        fields = crossing(read.answer, playlist=True)
        loaded = Loaded(local.facts.body, fields, facts=local.facts, asked_at=asked_at)
        await self._learn(path, memory, local, loaded, query=query)
        if local.facts.multivariant:
            self._stable.answered(path)
        else:
            seen = self._seen(draft, local, read.answer, read_at)
            self._listed(path, read.body, loaded, seen)
            loaded = replace(loaded, seen=seen)
        ranges = local.clashes > 0 and b"#EXT-X-BYTERANGE" in read.body
        self._warnings.look(path, local, ranges=ranges)
        return replace(loaded, overdue=bool(query) and self._overdue(memory, loaded))

    def _listed(
        self, path: str, body: bytes, loaded: Loaded, seen: PlaylistLoad
    ) -> None:
        """Record what a media playlist says about its names."""
        self._stable.loaded(
            path,
            version=_version(body),
            live=loaded.live,
            target_seconds=loaded.target_seconds,
        )
        self._uses.loaded(path, seen)

    def _seen(
        self, draft: Draft, local: Local, answer: Answer, read_at: Moment
    ) -> PlaylistLoad:
        fields, marks = answer.headers, self._localiser.marks
        base, source = draft.base, _standing_for(draft.base.asked)
        seen = PlaylistLoad.of(
            local, at=read_at, headers=fields, source=source, marks=marks
        )
        if not local.facts.ended or base.read == base.asked:
            return seen
        # A redirect to another folder may lead to another recording.
        at = _standing_for(uri.split(base.read).path)
        return replace(seen, validators=f"{seen.validators} {at}")

    def gone(self, path: str) -> None:
        """Record that a playlist is missing, because a newer URL did not help."""
        self._reader.gone(path)

    def _way(self, path: str) -> Way:
        stable_names = self._stable
        if stable_names.moves(path):
            return Way.ON
        slugs = set(self.memories.known(path).ladder.slugs.values())
        paths = (path, *(f"{slug}/{ENTRY}" for slug in slugs))
        return Way.ANEW if any(map(stable_names.doubtful, paths)) else Way.ALLOWED

    def _draft(
        self,
        path: str,
        resource: Resource,
        memory: PlaylistMemory,
        read: Read,
        root: str,
    ) -> Draft:
        answer, marks = read.answer, self._localiser.marks
        parent = self.memories.known(resource.parent)
        asked, bare = self.memories.asked(memory, resource)
        document = Document(
            base=read.url,
            query=answer.sent_query and undirected(answer.sent_query),
            imports=parent.lent.get(bare, parent.variables),
            hidden=marks.hidden | _hidden(answer) if answer.moved else marks.hidden,
        )
        found = asked
        if read.redirected or answer.moved:
            found = marks.steady(read.url)
        return Draft(
            path=path,
            depth=resource.depth,
            body=read.body,
            document=document,
            # After a redirect, all references are on the new host, which may change.
            base=Base(found, parent.ladder.canonicals.get(bare, asked)),
            root=root,
            secrets=answer.private,
            token=Recogniser(answer.secrets),
            folder=memory.folder,
            listed=memory.ladder,
            siblings=parent.ladder,
            before=self._editions.last(path),
        )

    async def _made_local(self, draft: Draft) -> Local:
        work = self._localiser.localise
        if not is_expensive(draft):
            return work(draft)
        return await asyncio.to_thread(work, draft)

    async def _learn(
        self,
        path: str,
        memory: PlaylistMemory,
        local: Local,
        loaded: Loaded,
        *,
        query: str,
    ) -> None:
        facts, now = local.facts, self._clock.mono()
        if not (facts.partial and query):  # a delta may mislead
            memory.folder = memory.folder or local.folder
        memory.variables, memory.multivariant = facts.variables, facts.multivariant
        live = not (facts.multivariant or facts.ended or facts.partial)
        if live:
            memory.pruned_at = now
        if not facts.partial:
            self._editions.keep(path, local.edition)
        keep = loaded.window_seconds if live else None
        await self._learner.learn(
            path, local.listing, now=now, keep=keep, partial=facts.partial
        )
        self._catalog.forbid(local.refused)
        if local.ladder is not None:
            self.memories.list(memory, local.ladder)

    def _overdue(self, memory: PlaylistMemory, loaded: Loaded) -> bool:
        since = self._clock.mono() - memory.pruned_at
        return loaded.facts.partial and since > loaded.window_seconds


def _version(body: bytes) -> int:
    """Return a number that differs between versions of a live playlist."""
    return hash((len(body), body[:_EDGE_BYTES], body[-_EDGE_BYTES:]))


@lru_cache(MOST_PLAYLISTS)
def _standing_for(url: str) -> str:
    """Return a text that stands for a URL and does not show it."""
    return hashlib.blake2b(url.encode(), digest_size=_SOURCE_BYTES).hexdigest()


def _hidden(answer: Answer) -> frozenset[str]:
    """Return the names of all query parameters, for a URL that is itself a token."""
    pairs = (answer.sent_query or "").split("&")
    return frozenset(unquote(pair.partition("=")[0]).lower() for pair in pairs)
