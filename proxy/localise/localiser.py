"""Makes an upstream playlist local: pure, so that a large one may have a thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice

from proxy.core.hls.blocks import Stretch, pieces
from proxy.core.hls.facts import whole
from proxy.core.hls.names import Base, Marks
from proxy.core.hls.playlist import (
    Document,
    Pass,
    Reference,
    Rewritten,
    depends_on_others,
    is_multivariant,
    rewrite,
    unmarked,
)
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError
from proxy.localise.catalog import MOST_REFUSED
from proxy.localise.editions import Block, Edition, clashes, listing_of
from proxy.localise.folders import Folder, folder_of, prefix
from proxy.localise.ladder import Ladder, updated_ladder
from proxy.localise.listing import Listing, Resource
from proxy.localise.naming import Namer
from proxy.localise.place import NOTHING, Place
from proxy.localise.steering import CLOSED, inline


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
    secrets: Recogniser = field(repr=False)
    """Recognises what no player may see: all that the stream sends or is given."""
    token: Recogniser = field(repr=False)
    """The same for the token that it was fetched with."""
    folder: Folder | None
    """Where its resources live; None for the first version."""
    listed: Ladder
    """What it listed before, if it is a multivariant playlist."""
    siblings: Ladder
    """What its parent lists."""
    before: Edition = field(default_factory=Edition, repr=False)
    """The version before, which spares work and decides nothing."""


@dataclass(frozen=True, slots=True)
class Local:
    """A playlist in local terms, and what was learnt on the way."""

    facts: Rewritten = field(repr=False)
    folder: Folder
    listing: Listing = field(repr=False)
    """What it names."""
    ladder: Ladder | None
    """What it lists, if it is a multivariant playlist."""
    edition: Edition = field(repr=False)
    """What spares work for the next version."""
    clashes: int
    """Names that two URLs claim which differ in what is said to be volatile."""
    refused: Mapping[str, str]
    """Local path -> origin that the policy forbids: named, never known. Some of them.
    """


@dataclass(frozen=True, slots=True)
class Localiser:
    """Makes the playlists of one stream local."""

    marks: Marks
    allowed: Callable[[str], bool]
    """The address policy, decided on the text of a URL."""
    known: Callable[[str], Resource | None]
    """The catalog as it is."""
    suffix: str = ""
    """What stands behind the folders of all names, as players see them."""

    def localise(self, draft: Draft) -> Local:
        """Return the playlist with local references."""
        mark, text = unmarked(draft.body)
        ladder = self._ladder(draft) if is_multivariant(draft.body) else None
        # Lines of a list of playlists lean on each other: nothing is known of them.
        old = draft.before.steady() if ladder is None else ()
        parts = list(pieces(text, [block.text for block in old]))
        place = self._place(draft, parts)
        if draft.before.place == place:
            place = draft.before.place  # and what was found out about it
        else:
            parts = [Stretch(part.text, None) for part in parts]
        listed = ladder or draft.siblings
        namer = Namer(place, listed.slugs, self.known, draft.root, listed.canonicals)
        one = Pass(
            draft.document,
            namer,
            multivariant=ladder is not None,
            many=namer.many,
            resolver=place.resolver,
            steering=partial(
                _steered, base=draft.document.base, ladder=ladder, namer=namer
            ),
        )
        blocks = tuple(
            _block(part.text, one, namer) if part.known is None else old[part.known]
            for part in parts
        )
        body = mark + b"".join([block.local for block in blocks])
        facts = Rewritten.of(
            without(body, place.secrets),
            whole(block.facts for block in blocks),
            multivariant=ladder is not None,
            variables=one.variables,
        )
        return _local(facts, place, ladder, blocks, draft.secrets)

    def _place(self, draft: Draft, parts: Sequence[Stretch]) -> Place:
        clean = draft.before.checked_for == hash(draft.secrets)
        echoing = any(map(draft.secrets.holds, draft.document.imports.values())) or any(
            _may_echo(part.text, draft.secrets)
            for part in parts
            if not (clean and part.known is not None)
        )
        return Place(
            draft.path,
            draft.depth,
            draft.folder or folder_of(draft.path, draft.body),
            draft.document.base,
            draft.base,
            self.marks,
            self.allowed,
            draft.secrets if echoing else NOTHING,
            draft.token if echoing else NOTHING,
            self.suffix,
        )

    def _ladder(self, draft: Draft) -> Ladder:
        listed: list[Reference] = []

        echoing = draft.secrets.holds(draft.body)

        def note(reference: Reference) -> None:
            listed.append(_unseen(reference, draft) if echoing else reference)

        rewrite(draft.body, draft.document, note)
        return updated_ladder(
            draft.listed,
            listed,
            base=draft.base,
            marks=self.marks,
            prefix=prefix(draft.path),
        )


def _unseen(reference: Reference, draft: Draft) -> Reference:
    """Return a reference with attributes that show no secret in a slug."""
    attributes = {
        name: without(value.encode(), draft.secrets).decode()
        for name, value in reference.attributes.items()
    }
    return replace(reference, attributes=attributes)


def _may_echo(text: bytes, secrets: Recogniser) -> bool:
    # A token in the query of the document may come out of a variable.
    return b"QUERYPARAM" in text or secrets.holds(text)


def _block(text: bytes, one: Pass, namer: Namer) -> Block:
    local, facts = one.block(text)
    named = namer.turn()
    alone = text.endswith(b"\n") and not depends_on_others(text)
    return Block(
        text,
        text if local == text else local,
        facts,
        named.sheets,
        steady=alone and not named.tied,
        clashes=named.clashes,
        refused=named.refused,
    )


def _local(
    facts: Rewritten,
    place: Place,
    ladder: Ladder | None,
    blocks: tuple[Block, ...],
    secrets: Recogniser,
) -> Local:
    listing = listing_of(blocks)
    leans = ladder is None and not place.secrets
    refused = chain.from_iterable(block.refused.items() for block in blocks)
    return Local(
        facts,
        place.folder,
        listing,
        ladder,
        Edition(blocks, place, hash(secrets)) if leans else Edition(),
        clashes=clashes(blocks, listing),
        refused=dict(islice(refused, MOST_REFUSED)),
    )


def without(body: bytes, secrets: Recogniser) -> bytes:
    """Return a document with nothing where a secret would stand.

    Comments and what is no reference stay as they are, unless the upstream wrote one
    there. Raises BadAnswerError for one that cannot be had out.
    """
    bare = secrets.without(body)
    if bare is None:
        raise BadAnswerError("it holds secrets that cannot be taken out")
    return bare


def _steered(url: str, *, base: str, ladder: Ladder | None, namer: Namer) -> str:
    """Return the local form of a steering manifest in a data: URL."""
    return CLOSED if ladder is None else inline(url, base, ladder, namer)
