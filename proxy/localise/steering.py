"""Rewrites steering manifests with local names, and names their clones' renditions."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from proxy.core.hls.pathways import Member
from proxy.core.hls.playlist import Reference
from proxy.core.hls.slugs import clone_of
from proxy.core.hls.steering import Steering
from proxy.core.kind import Kind
from proxy.errors import BadAnswerError
from proxy.localise.folders import COMMON
from proxy.localise.ladder import Ladder
from proxy.localise.naming import Namer

CLOSED = f"{COMMON}/steering.json"
"""A name without a resource, used for a manifest that cannot be read. Passing such a
manifest on would lead the player around the proxy. Without one it stays where it is."""

_BASE64 = ";base64"


@dataclass(frozen=True, slots=True)
class Steered:
    """A steering manifest as players get it."""

    text: str
    clones: dict[str, str]
    """The slug of each clone's playlist, by its URL."""
    unsteered: int


def steer(text: str, base: str, ladder: Ladder, namer: Namer) -> Steered:
    """Rewrite a manifest with local names; raise BadAnswerError if it is not valid.

    `base` is the URL it was read from. `ladder` lists the renditions of the
    multivariant playlist that it steers. `namer` names its references.
    """
    taken = {m.slug for members in ladder.pathways.values() for m in members}
    clones, last = dict[str, str](), dict[str, int]()
    given: dict[tuple[str, str, str], str] = {}

    def reload(url: str) -> str:
        return namer(Reference(url, Kind.STEERING, absolute=True, written=url))

    def clone(member: Member, clone_id: str, url: str) -> str:
        key = member.slug, clone_id, url
        if key not in given:  # several tags may list the same playlist
            given[key] = clone_of(member.slug, clone_id, taken, last)
            taken.add(given[key])
        clones[url] = given[key]
        return namer.rendition(given[key], url)

    steering = Steering(base, ladder.pathways, name_reload=reload, name_clone=clone)
    local = steering.localised(text)
    return Steered(local, clones, steering.unsteered)


def inline(url: str, base: str, ladder: Ladder, namer: Namer) -> str:
    """Rewrite a manifest that is in a data: URL (RFC 2397)."""
    head, _, data = url.partition(",")
    body = unquote_to_bytes(data)
    try:
        if head.lower().endswith(_BASE64):
            body = base64.b64decode(body, validate=True)
        steered = steer(body.decode(), base, ladder, namer)
    except (BadAnswerError, UnicodeDecodeError, binascii.Error):
        return CLOSED
    # Local URLs stay unescaped: `streams.snapshots` searches playlists for their root.
    return f"data:application/json,{quote(steered.text, safe='/:')}"
