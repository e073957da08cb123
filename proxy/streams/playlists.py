"""Loads playlists: fetched, checked, rewritten; what they name enters the catalog."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from proxy.clock import Clock
from proxy.core import uri
from proxy.core.addresses import AddressPolicy
from proxy.core.headers import Fields, to_player
from proxy.core.kind import Kind
from proxy.core.names import Base, Marks
from proxy.core.playlist import (
    Document,
    Name,
    Reference,
    Rewritten,
    is_multivariant,
    is_playlist,
    rewrite,
)
from proxy.errors import (
    BadAnswerError,
    NameUnknownError,
    NotReadyError,
    RefusedError,
    SignatureRefusedError,
    StatusError,
)
from proxy.streams.asking import Asker
from proxy.streams.catalog import Catalog, Resource
from proxy.streams.naming import COMMON, Folder, Namer, folder_of, renditions
from proxy.upstream.answer import Answer

# A rewrite of more than this would block the event loop for about 10 ms.
_OWN_THREAD_BYTES = 200 * 1024
# A redirect target that answers so is dropped for the URL that led to it.
_LEAVES_REDIRECT = frozenset({401, 403, 404, 410})
_ANSWERED = (NotReadyError, RefusedError, SignatureRefusedError, StatusError)
_USUAL_TARGET_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one playlist may be, and how many names a stream may have."""

    playlist_bytes: int
    playlist_lines: int
    line_bytes: int
    names_per_stream: int
    key_bytes: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A playlist as the player gets it, and what is known of it."""

    body: bytes = field(repr=False)
    headers: Fields
    facts: Rewritten = field(repr=False)

    @property
    def target_seconds(self) -> float:
        """The target duration; a usual one where the playlist has none."""
        return self.facts.target_duration or _USUAL_TARGET_SECONDS


class Oddity(StrEnum):
    """What an operator should know about a playlist; told once for each."""

    DRM = "protected by DRM, which is not proxied: it will not play"
    ADDRESS = "names addresses that are not allowed: see origins and follow"
    CLASH = "gives one name to different URLs: volatile leaves out too much"
    UNREAD = "has references that could not be understood"


@dataclass(slots=True)
class _Memory:
    """What is remembered of one playlist between its loads."""

    told: set[Oddity] = field(default_factory=set)

    folder: Folder | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    """The canonical URL of each slug that was given."""
    renditions: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    redirect: tuple[str, str] | None = field(default=None, repr=False)
    """The URL asked for, and the one its redirect led to."""


class Playlists:
    """The playlists of one stream."""

    def __init__(
        self,
        asker: Asker,
        catalog: Catalog,
        marks: Marks,
        *,
        policy: AddressPolicy,
        limits: Limits,
        clock: Clock,
        report: Callable[[Oddity, str], None],
    ) -> None:
        self._asker = asker
        self._catalog = catalog
        self._marks = marks
        self._policy = policy
        self._limits = limits
        self._clock = clock
        self._report = report
        self._memories: dict[str, _Memory] = {}

    async def load(
        self, path: str, *, query: str = "", headers: Fields = (), root: str = ""
    ) -> Loaded:
        """Fetch and rewrite the playlist at the local path, by today's URL.

        `query` is what passes of the player's query; `root` the absolute local URL of
        the stream, for references that must be absolute.
        """
        resource = self._catalog.get(path)
        if resource is None:
            raise NameUnknownError("no such playlist")
        memory = self._memories.setdefault(path, _Memory())
        answer, body = await self._ask(resource, memory, query, headers)
        self._check(answer, body)
        if query and b"#EXT-X-SKIP" in body and memory.folder is None:
            await self.load(path)  # a delta does not show what its segments are
        draft = _Draft(path, resource, memory, answer, self._base(resource, answer))
        namer, facts = await self._rewrite(draft, body, root)
        self._learn(draft, namer, facts, narrowed=bool(query))
        self._tell(draft, namer, facts, ranges=b"#EXT-X-BYTERANGE" in body)
        passing = to_player(answer.headers.items(), playlist=True)
        return Loaded(facts.body, passing, facts)

    async def _ask(
        self, resource: Resource, memory: _Memory, query: str, headers: Fields
    ) -> tuple[Answer, bytes]:
        limit = self._limits.playlist_bytes
        ask = partial(self._asker.read, _kind(resource), limit=limit, headers=headers)
        if memory.redirect and memory.redirect[0] == resource.url:
            try:
                return await ask(_with_query(memory.redirect[1], query))
            except _ANSWERED as error:
                if error.status not in _LEAVES_REDIRECT:
                    raise
        memory.redirect = None
        answer, body = await ask(_with_query(resource.url, query))
        if answer.redirected and not query:
            # Asked for again, the first URL may open a new session each time.
            memory.redirect = (resource.url, answer.url)
        return answer, body

    def _check(self, answer: Answer, body: bytes) -> None:
        kind = (answer.headers.get("Content-Type") or "").lower()
        if not (is_playlist(body) or "mpegurl" in kind or body.lstrip()[:1] == b"#"):
            raise BadAnswerError("where a playlist belongs is none")
        lines = body.split(b"\n")
        if len(lines) > self._limits.playlist_lines:
            raise BadAnswerError("the playlist has too many lines")
        if max(map(len, lines)) > self._limits.line_bytes:
            raise BadAnswerError("a line of the playlist is too long")

    def _base(self, resource: Resource, answer: Answer) -> Base:
        asked = self._marks.steady(resource.url)
        return Base(
            self._marks.steady(answer.url) if answer.redirected else asked, asked
        )

    async def _rewrite(
        self, draft: "_Draft", body: bytes, root: str
    ) -> tuple[Namer, Rewritten]:
        parent = self._memories.get(draft.resource.parent, _Memory())
        document = Document(
            base=draft.answer.url,
            query=draft.answer.sent_query,
            imports=parent.variables,
            hidden=self._marks.rule.hidden | self._marks.volatile.query,
        )
        if is_multivariant(body):
            draft.memory.renditions, draft.memory.given = renditions(
                _references(body, document),
                base=draft.base,
                marks=self._marks,
                given=draft.memory.given,
                nested_in=draft.path,
            )
            parent = draft.memory
        if draft.memory.folder is None:
            draft.memory.folder = folder_of(draft.path, body)
        namer = Namer(
            path=draft.path,
            folder=draft.memory.folder,
            base=draft.base,
            marks=self._marks,
            renditions=parent.renditions,
            allowed=self._policy.allows_origin,
            root=root,
        )
        return namer, await _run(body, document, namer)

    def _learn(
        self, draft: "_Draft", namer: Namer, facts: Rewritten, *, narrowed: bool
    ) -> None:
        draft.memory.variables = facts.variables
        keep: float | None = None
        if not (facts.multivariant or facts.ended or facts.partial or narrowed):
            target = facts.target_duration or _USUAL_TARGET_SECONDS
            keep = (facts.segments + 1) * target
        self._catalog.learn(draft.path, namer.found, now=self._clock.mono(), keep=keep)

    def _tell(
        self, draft: "_Draft", namer: Namer, facts: Rewritten, *, ranges: bool
    ) -> None:
        seen = {
            Oddity.DRM: facts.drm,
            Oddity.ADDRESS: namer.refused > 0,
            # Byte ranges of one file may each be signed for themselves.
            Oddity.CLASH: namer.clashes > 0 and not ranges,
            Oddity.UNREAD: facts.unread > 0,
        }
        for oddity in [one for one, there in seen.items() if there]:
            if oddity not in draft.memory.told:
                draft.memory.told.add(oddity)
                self._report(oddity, draft.path)


@dataclass(frozen=True, slots=True)
class _Draft:
    """One load on its way from answer to catalog."""

    path: str
    resource: Resource
    memory: _Memory
    answer: Answer
    base: Base


async def _run(body: bytes, document: Document, name: Name) -> Rewritten:
    work = partial(rewrite, body, document, name, steering=_closed)
    return work() if len(body) <= _OWN_THREAD_BYTES else await asyncio.to_thread(work)


def _closed(_: str) -> str:
    """Return a name that nothing stands behind, for a steering manifest in a data: URL.

    It would lead the player around the proxy; without one it stays where it is.
    """
    return f"{COMMON}/steering.json"


def _references(body: bytes, document: Document) -> list[Reference]:
    found: list[Reference] = []

    def note(reference: Reference) -> None:
        found.append(reference)

    rewrite(body, document, note)
    return found


def _kind(resource: Resource) -> Kind:
    return Kind.ENTRY if resource.kind is Kind.ENTRY else Kind.PLAYLIST


def _with_query(url: str, query: str) -> str:
    return uri.append_query(url, query) if query else url
