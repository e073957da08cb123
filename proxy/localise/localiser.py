"""Rewrites an upstream playlist with local names; pure, so it may run in a thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from proxy.core.hls.blocks import Stretch, pieces
from proxy.core.hls.facts import Facts, whole
from proxy.core.hls.names import Marks
from proxy.core.hls.playlist import (
    Pass,
    Reference,
    Rewritten,
    depends_on_others,
    is_multivariant,
    unmarked,
)
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError
from proxy.localise.catalog import MOST_REFUSED
from proxy.localise.document_place import NOTHING, DocumentPlace
from proxy.localise.draft import Draft, Local
from proxy.localise.editions import Block, Edition, clashes, listing_of
from proxy.localise.folders import folder_of, prefix
from proxy.localise.ladder import Ladder, updated_ladder
from proxy.localise.listing import Resource
from proxy.localise.naming import Namer
from proxy.localise.placeholders import Blanks
from proxy.localise.steering import CLOSED, inline
from proxy.localise.tag_limits import check_scarce, scarce_tags


@dataclass(frozen=True, slots=True)
class Localiser:
    """Rewrites the playlists of one stream with local names."""

    marks: Marks
    allowed: Callable[[str], bool]
    """The address policy: returns whether a URL is allowed, judging by its text."""
    known: Callable[[str], Resource | None]
    """Looks a path up in the current catalog."""
    suffix: str = ""
    """Appended to the folders of all names, as players see them."""

    def localise(self, draft: Draft) -> Local:
        """Return the playlist with local references.

        Raises LimitError if it has too many of the tags that name other playlists.
        """
        mark, text = unmarked(draft.body)
        if is_multivariant(draft.body):
            made, place = self._listing(draft, text)
        else:
            made, place = self._media(draft, text)
        body = mark + b"".join([block.local for block in made.blocks])
        facts = Rewritten.of(
            without(body, place.secrets),
            whole(block.facts for block in made.blocks),
            multivariant=made.ladder is not None,
            variables=made.variables,
        )
        return _local(facts, place, made.ladder, made.blocks, draft.secrets)

    def _media(self, draft: Draft, text: bytes) -> tuple["_Made", DocumentPlace]:
        """Rewrite a media playlist block by block; reuse the blocks already known."""
        old = draft.before.steady()
        parts = list(pieces(text, [block.text for block in old]))
        scarce = [
            scarce_tags(part.text) if part.known is None else old[part.known].scarce
            for part in parts
        ]
        check_scarce(scarce)
        place = self._place(draft, parts)
        if draft.before.place == place:
            place = draft.before.place  # and its cached properties
        else:
            parts = [Stretch(part.text, None) for part in parts]
        namer = self._namer(draft, place, draft.siblings)
        one = Pass(
            draft.document,
            namer,
            multivariant=False,
            many=namer.many,
            resolver=place.resolver,
            steering=lambda _: CLOSED,
        )
        blocks = tuple(
            replace(_block(part.text, one, namer), scarce=counts)
            if part.known is None
            else old[part.known]
            for part, counts in zip(parts, scarce, strict=True)
        )
        return _Made(blocks, one.variables), place

    def _listing(self, draft: Draft, text: bytes) -> tuple["_Made", DocumentPlace]:
        """Rewrite a multivariant playlist; fill in the names after reading it all."""
        check_scarce([scarce_tags(text)])
        place = self._place(draft, [Stretch(text, None)])
        blanks = Blanks(draft.body)
        one = Pass(
            draft.document,
            blanks.name,
            multivariant=True,
            resolver=place.resolver,
            steering=lambda manifest: blanks.later(lambda: steered(manifest)),
        )
        local, facts = one.block(text)
        ladder = self._ladder(draft, blanks.references)
        namer = self._namer(draft, place, ladder)

        def steered(manifest: str) -> str:
            return inline(manifest, draft.document.base, ladder, namer)

        block = _named(text, blanks.filled(local, namer), facts, namer, steady=False)
        return _Made((block,), one.variables, ladder), place

    def _namer(self, draft: Draft, place: DocumentPlace, listed: Ladder) -> Namer:
        return Namer(
            place,
            renditions=listed.slugs,
            known=self.known,
            root=draft.root,
            canonicals=listed.canonicals,
        )

    def _place(self, draft: Draft, parts: Sequence[Stretch]) -> DocumentPlace:
        clean = draft.before.checked_for == hash(draft.secrets)
        echoing = any(map(draft.secrets.holds, draft.document.imports.values())) or any(
            _may_echo(part.text, draft.secrets)
            for part in parts
            if not (clean and part.known is not None)
        )
        return DocumentPlace(
            path=draft.path,
            depth=draft.depth,
            folder=draft.folder or folder_of(draft.path, draft.body),
            url=draft.document.base,
            base=draft.base,
            marks=self.marks,
            allowed=self.allowed,
            secrets=draft.secrets if echoing else NOTHING,
            token=draft.token if echoing else NOTHING,
            suffix=self.suffix,
        )

    def _ladder(self, draft: Draft, listed: list[Reference]) -> Ladder:
        if draft.secrets.holds(draft.body):
            listed = [_unseen(reference, draft) for reference in listed]
        return updated_ladder(
            draft.listed,
            listed,
            base=draft.base,
            marks=self.marks,
            prefix=prefix(draft.path),
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """A rewritten playlist, block by block."""

    blocks: tuple[Block, ...]
    variables: Mapping[str, str]
    ladder: Ladder | None = None


def _unseen(reference: Reference, draft: Draft) -> Reference:
    """Return a reference without secrets in its attributes, as they become slugs."""
    attributes = {
        name: without(value.encode(), draft.secrets).decode()
        for name, value in reference.attributes.items()
    }
    return replace(reference, attributes=attributes)


def _may_echo(text: bytes, secrets: Recogniser) -> bool:
    # A variable may contain a token from the document's own query.
    return b"QUERYPARAM" in text or secrets.holds(text)


def _block(text: bytes, one: Pass, namer: Namer) -> Block:
    local, facts = one.block(text)
    steady = text.endswith(b"\n") and not depends_on_others(text)
    return _named(text, local, facts, namer, steady=steady)


def _named(
    text: bytes, local: bytes, facts: Facts, namer: Namer, *, steady: bool
) -> Block:
    """Return a block of lines with the names in them."""
    named = namer.turn()
    return Block(
        text,
        text if local == text else local,
        facts=facts,
        sheets=named.sheets,
        steady=steady and not named.tied,
        clashes=named.clashes,
        refused=named.refused,
    )


def _local(
    facts: Rewritten,
    place: DocumentPlace,
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
        listing=listing,
        ladder=ladder,
        edition=Edition(blocks, place, hash(secrets)) if leans else Edition(),
        clashes=clashes(blocks, listing),
        refused=dict(islice(refused, MOST_REFUSED)),
    )


def without(body: bytes, secrets: Recogniser) -> bytes:
    """Return a document without secrets.

    Comments and other text outside references stay as they are, unless they contain a
    secret. Raises BadAnswerError if a secret cannot be removed.
    """
    bare = secrets.without(body)
    if bare is None:
        raise BadAnswerError("it holds secrets that cannot be taken out")
    return bare
