"""One load of a media playlist, with the facts that show what its names mean."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Self

from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.names import Marks
from proxy.core.hls.playlist import Rewritten
from proxy.core.hls.window import Window
from proxy.core.http import uri
from proxy.core.http.freshness import Said
from proxy.core.http.headers import Fields
from proxy.core.http.validators import validators_of
from proxy.localise.draft import Local
from proxy.localise.listing import Listing

_AGE = "Age"
_USUAL_TARGET_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class PlaylistLoad:
    """A media playlist as it was loaded; cheap to create."""

    facts: Rewritten = field(repr=False)
    at: Moment
    """When it was received."""
    _: KW_ONLY
    headers: Fields = field(default=(), repr=False)
    """The header fields that show its age."""
    source: str = field(default="", repr=False)
    """Identifies its upstream URL without token and volatile parts."""
    validators: str = field(default="", repr=False)
    """Changes if the upstream rewrites an ended playlist; see `core.http.validators`.
    """

    @classmethod
    def of(
        cls,
        local: Local,
        *,
        at: Moment,
        headers: Mapping[str, str],
        source: str,
        marks: Marks,
    ) -> Self:
        """Return the facts of a load; `headers` are its header fields.

        The case of field names does not matter.
        """
        validators, age = "", headers.get(_AGE)
        if local.facts.ended and not _is_signed(local.listing, marks):
            validators = validators_of(tuple(headers.items()))
        ages = () if age is None else ((_AGE, age),)
        return cls(local.facts, at, headers=ages, source=source, validators=validators)

    @property
    def target_seconds(self) -> float:
        """The target duration, or a usual value if the playlist has none."""
        return self.facts.target_duration or _USUAL_TARGET_SECONDS

    def version(self) -> Version:
        """Return the version of the playlist."""
        facts, at = self.facts, self.at
        age = Said.of(self.headers).age
        return Version(
            Window(facts.body, facts.segments),
            Moment(at.mono - age, at.wall - age),
            target_seconds=self.target_seconds,
            ended=facts.ended,
            partial=facts.partial,
            source=self.source,
            validators=self.validators,
        )


def _is_signed(listing: Listing, marks: Marks) -> bool:
    """Return whether the URLs in a playlist are signed again at each load.

    If so, its validators change as well, and show nothing about its media.
    """
    for path, sheet in listing.own.items():
        url = sheet.resource(path).url
        return marks.steady(url) != uri.normal(url)
    return False
