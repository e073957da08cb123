"""A playlist of an ended presentation, as it is written to the disk.

It is the local playlist, which contains neither an upstream address nor a token. The
document is a line of JSON with facts about the playlist, followed by its bytes.
"""

import json
import math
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from proxy.core.hls.playlist import Rewritten
from proxy.core.http.headers import Fields
from proxy.core.http.offline import Confirmation

_VERSION = 1


@dataclass(frozen=True, slots=True)
class KeptPlaylist:
    """A playlist that will not change, and when the platform confirmed it."""

    facts: Rewritten = field(repr=False)
    """The local playlist, and facts about it."""
    headers: Fields
    """The upstream's fields about freshness, without Age."""
    _: KW_ONLY
    confirmed: Confirmation
    source: str
    """Identifies the upstream URL; see `localise.uses`."""
    validators: str

    @property
    def size(self) -> int:
        """The memory that it needs, in bytes."""
        return len(self.facts.body) + _OVERHEAD_BYTES

    def says_the_same(self, other: "KeptPlaylist") -> bool:
        """Return whether only the time of the confirmation differs."""
        ours = self.facts.body, self.source, self.validators, self.headers
        return ours == (other.facts.body, other.source, other.validators, other.headers)


_OVERHEAD_BYTES = 1024


def encoded(kept: KeptPlaylist) -> bytes:
    """Return the document."""
    facts, fresh = kept.facts, kept.confirmed.fresh_seconds
    told = {
        "version": _VERSION,
        "confirmed_at": kept.confirmed.at,
        "fresh_seconds": None if math.isinf(fresh) else fresh,
        "headers": kept.headers,
        "source": kept.source,
        "validators": kept.validators,
        "multivariant": facts.multivariant,
        "target_duration": facts.target_duration,
        "segments": facts.segments,
        "drm": facts.drm,
    }
    return json.dumps(told, allow_nan=False).encode() + b"\n" + facts.body


def decoded(document: bytes) -> KeptPlaylist | None:
    """Return the playlist in a document; None if it is of another version."""
    head, _, body = document.partition(b"\n")
    try:
        told = json.loads(head)
        return _of(told, body) if told["version"] == _VERSION else None
    except (KeyError, TypeError, ValueError):
        return None


def _of(told: dict[str, Any], body: bytes) -> KeptPlaylist:
    fresh = told["fresh_seconds"]
    facts = Rewritten(
        body,
        multivariant=told["multivariant"],
        ended=not told["multivariant"],
        target_duration=told["target_duration"],
        segments=told["segments"],
        drm=told["drm"],
    )
    return KeptPlaylist(
        facts,
        tuple((name, value) for name, value in told["headers"]),
        confirmed=Confirmation(
            told["confirmed_at"], math.inf if fresh is None else fresh
        ),
        source=told["source"],
        validators=told["validators"],
    )
