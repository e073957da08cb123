"""What a resource is kept under: its name, and what the name means now.

A name alone is not enough. Encoders restart and count from 0 again under the same file
names, and some use a file name again after a while. So a key also holds the run of the
rendition (see `core.hls.continuity`) and the number of the segment in it. It also holds
the upstream URL without the token, the signature and other volatile parts. So a rotated
token or a URL that was signed again is the same key.
"""

from typing import NamedTuple


class Span(NamedTuple):
    """A part of a resource, in bytes, that is kept on its own."""

    start: int
    end: int | None
    """The position after the last byte; None means up to the end."""


class Key(NamedTuple):
    """One resource, in one meaning of its name. It holds no secret."""

    stream: str
    """The local path of the stream or family member, without slashes at its ends."""
    path: str
    """The local path below the stream."""
    url: str
    """The upstream URL without the token and volatile parts.

    Empty if the run has the same name after a restart: that tells URLs apart, too.
    """
    run: str
    """The run of the rendition that lists it; for an ended one a digest of it."""
    number: int
    """The media sequence number of a segment or of a part's segment. For an init
    section the number of the discontinuity that uses it."""
    span: Span | None = None
    """None for the whole resource."""
