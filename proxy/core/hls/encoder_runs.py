"""The run of a rendition's encoder: versions of its playlist that continue each other.

See `continuity`. A playlist that has ended has a run too. The name of this run is a
digest of what the playlist says about media, so it is the same after a restart of the
proxy. A live playlist that ends keeps its run.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls.continuity import (
    Version,
    begins_alike,
    gained_seconds,
    late_seconds,
)
from proxy.core.hls.window import Window

# Comments and tags that are not about media. Some of them change at every load.
_IRRELEVANT = re.compile(
    rb"\n[ \t]*+#(?!EXTINF|EXT-X-(?:BYTERANGE|DISCONTINUITY|KEY|MAP|MEDIA-SEQUENCE|"
    rb"PROGRAM-DATE-TIME|TARGETDURATION)[: \t\n\-])[^\n]*+"
)
_DIGEST_BYTES = 16
# How many deltas are kept besides the last whole version. Two are enough, unless their
# window is shorter than that of the whole version.
_MOST_DELTAS = 3
# How many of the latest segments that left the playlist are remembered: slow players
# still request them.
_MOST_LEFT = 64


@dataclass(slots=True)
class Run:
    """A run of a rendition's encoder, as far as it is known."""

    name: str
    """Identifies the run among all runs of the rendition."""
    _: KW_ONLY
    lasting: bool = False
    """Whether it has the same name after a restart of the proxy."""
    agreed: bool = False
    """Whether other processes may use its name; see `agreement`."""
    versions: list[Version] = field(default_factory=list, repr=False)
    """Older versions that list what a delta skips, followed by the last version."""
    left: dict[bytes, int] = field(default_factory=dict, repr=False)
    """The names of segments that left the playlist, and their numbers."""
    ahead: float = 0.0
    """How many seconds of media it has gained on the clock since the first load."""
    most_ahead: float = 0.0

    @property
    def last(self) -> Version:
        """The last version."""
        return self.versions[-1]

    def goes_on(self, version: Version) -> bool:
        """Return whether a version continues the run; if so, add it."""
        last = self.last
        if not begins_alike(last, version):
            return False
        passed = version.at.since(last.at)
        ahead = self.ahead + gained_seconds(last, version) - passed
        late = passed if self._is_still(version) else self.most_ahead - ahead
        if late > late_seconds(last, version):
            return False
        if version.window.end < last.window.end:
            return True  # an older copy
        self.ahead, self.most_ahead = ahead, max(ahead, self.most_ahead)
        self._add(version)
        return True

    def _is_still(self, version: Version) -> bool:
        """Return whether nothing has changed since the last version."""
        return version.window.text == self.last.window.text

    def _add(self, version: Version) -> None:
        new = version.window
        new.discontinuities = counted_on(self.last.window, new)
        self._leave(version)
        if not version.partial:
            self.versions = [version]
            return
        *older, last = self.versions
        if older and last.partial and older[-1].window.end >= new.first:
            self.versions = older
        whole, *deltas = [*self.versions, version]
        self.versions = [whole, *deltas[-_MOST_DELTAS:]]

    def _leave(self, version: Version) -> None:
        """Remember which segments the next version no longer lists."""
        for old in self.versions:
            start = max(old.window.first, version.window.sequence - _MOST_LEFT)
            for number in range(start, min(version.window.sequence, old.window.end)):
                name = old.window.segment(number).name
                self.left.pop(name, None)
                self.left[name] = number
        while len(self.left) > _MOST_LEFT:
            del self.left[next(iter(self.left))]


def run_after(run: Run | None, version: Version, new_name: Callable[[], str]) -> Run:
    """Return `run` if the version continues it, else a new run.

    `new_name` returns a name for the new run of a live playlist.
    """
    ended = version.ended and not version.partial
    if run is not None and is_continued(run, version):
        return run
    if ended:
        return Run(digest_of(version), lasting=True, versions=[version])
    return Run(new_name(), versions=[version])


def is_continued(run: Run, version: Version) -> bool:
    """Return whether a version continues a run; if so, add it.

    A playlist that had ended continues only if it is still the same.
    """
    if version.ended and not version.partial and run.last.ended:
        return _is_equal(run.last, version)
    return run.goes_on(version)


def counted_on(old: Window, new: Window) -> int:
    """Return the number of the discontinuity before the first segment of `new`.

    It is counted as in `old`, an earlier version that lists some of the same segments:
    upstreams do not always count discontinuities that left the playlist.
    """
    start = max(old.first, new.first)
    if start >= min(old.end, new.end):
        return new.discontinuities
    line, here = old.line_of(start), new.line_of(start)
    counted = old.discontinuity_at(line) - new.discontinuity_at(here)
    return new.discontinuities + counted


def digest_of(version: Version) -> str:
    """Return a digest of what a playlist says about media, and of its source.

    Different upstream URLs have different local names. So the digest does not need the
    URLs of the media.
    """
    told = f"\n{version.validators}\n{version.source}"
    text = _relevant(version) + told.encode(errors="replace")
    return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()


def _is_equal(ended: Version, other: Version) -> bool:
    if (ended.validators, ended.source) != (other.validators, other.source):
        return False
    same = ended.window.text == other.window.text
    return same or _relevant(ended) == _relevant(other)


def _relevant(version: Version) -> bytes:
    return _IRRELEVANT.sub(b"", version.window.text)
