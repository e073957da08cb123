"""The key of a kept resource: its name, and what the name means now.

A name alone is not enough. Encoders restart and count from 0 again under the same file
names, and some reuse a file name after a while. So a key also holds the run of the
rendition (see `core.hls.continuity`) and the number of the segment in it. It also holds
the upstream URL without the token, the signature and other volatile parts. So the key
stays the same when a token is rotated or a URL is signed again.
"""

from typing import NamedTuple


class Span(NamedTuple):
    """A range of bytes of a resource that is kept separately."""

    start: int
    end: int | None
    """The position after the last byte; None means up to the end."""


class Key(NamedTuple):
    """Identifies one resource, in one meaning of its name. Contains no secret."""

    stream: str
    """The local path of the stream or family member, without slashes at its ends."""
    path: str
    """The local path below the stream."""
    url: str
    """The upstream URL without the token and volatile parts.

    Empty if the run keeps its name after a restart: such a run identifies the URL too.
    """
    run: str
    """The run of the rendition that lists it; a digest of it if the rendition ended."""
    number: int
    """The media sequence number of a segment, or of the segment that a part belongs to.
    For an init section, the number of the discontinuity that uses it."""
    span: Span | None = None
    """None for the whole resource."""
