"""Makes an upstream playlist local: pure, so that a large one may have a thread."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from proxy.core.names import Base, Marks
from proxy.core.playlist import (
    Document,
    Reference,
    Rewritten,
    is_multivariant,
    rewrite,
)
from proxy.core.rule import gives_away, telling
from proxy.streams.catalog import Resource
from proxy.streams.folders import COMMON, Folder, folder_of, prefix
from proxy.streams.ladder import Ladder, climbed
from proxy.streams.naming import Namer, Place


@dataclass(frozen=True, slots=True)
class Draft:
    """A playlist as it came, and all that its local form depends on."""

    path: str
    """Its local path."""
    depth: int
    body: bytes = field(repr=False)
    document: Document = field(repr=False)
    base: Base = field(repr=False)
    root: str
    secrets: frozenset[str] = field(repr=False)
    """The values of the token that it was fetched with."""
    folder: Folder | None
    """Where its resources live; None for the first version."""
    listed: Ladder
    """What it listed before, if it is a multivariant playlist."""
    siblings: Ladder
    """What its parent lists."""


@dataclass(frozen=True, slots=True)
class Local:
    """A playlist in local terms, and what was learnt on the way."""

    facts: Rewritten = field(repr=False)
    namer: Namer = field(repr=False)
    ladder: Ladder | None
    """What it lists, if it is a multivariant playlist."""


@dataclass(frozen=True, slots=True)
class Localiser:
    """Makes the playlists of one stream local."""

    marks: Marks
    allowed: Callable[[str], bool]
    """The address policy, decided on the text of a URL."""
    known: Callable[[str], Resource | None]
    """The catalog as it is."""

    def localise(self, draft: Draft) -> Local:
        """Return the playlist with local references."""
        ladder = self._ladder(draft) if is_multivariant(draft.body) else None
        # A token in its own query may come out of a variable.
        echoing = b"QUERYPARAM" in draft.body or gives_away(
            draft.body.decode("latin-1"), draft.secrets
        )
        place = Place(
            draft.path,
            draft.depth,
            draft.folder or folder_of(draft.path, draft.body),
            draft.document.base,
            draft.base,
            self.marks,
            draft.root,
            draft.secrets if echoing else frozenset(),
        )
        slugs = (ladder or draft.siblings).slugs
        namer = Namer(place, slugs, self.allowed, self.known)
        facts = rewrite(draft.body, draft.document, namer, steering=_closed)
        return Local(_without(facts, place.secrets), namer, ladder)

    def _ladder(self, draft: Draft) -> Ladder:
        listed: list[Reference] = []

        def note(reference: Reference) -> None:
            listed.append(reference)

        rewrite(draft.body, draft.document, note)
        return climbed(
            draft.listed,
            listed,
            base=draft.base,
            marks=self.marks,
            prefix=prefix(draft.path),
        )


def _without(facts: Rewritten, secrets: frozenset[str]) -> Rewritten:
    """Return the playlist with nothing where a token would stand.

    Comments and what is no reference stay as they are, unless the upstream wrote the
    token there.
    """
    body = facts.body
    for secret in telling(secrets):
        body = body.replace(secret.encode(), b"")
    return replace(facts, body=body)


def _closed(_: str) -> str:
    """Return a name that nothing stands behind, for a steering manifest in a data: URL.

    It would lead the player around the proxy; without one it stays where it is.
    """
    return f"{COMMON}/steering.json"
