"""The grammar of local paths.

    /{stream}/index.m3u8            the entry of a stream
    /{stream}/{folder}/{name}       a rendition's playlist, or anything it refers to
    /{stream}.m3u8 /{stream} /{stream}/         lead to the entry
    / /livez /readyz /metrics /status.json      the program itself

For a family, `{stream}` is `{family}/{id}`. If an access key is configured, it is the
first segment of every path; /livez and /readyz also answer without it.

The path is compared byte for byte as it was sent. Decoding or normalising it first
(`%2e%2e`, `//`) could lead to different decisions about two spellings of one path.
"""

import hmac
import re
from collections.abc import Collection
from enum import StrEnum

from proxy.core.values import value
from proxy.errors import KeyUnknownError, NameUnknownError

ENTRY = "index.m3u8"
_SHORT = ".m3u8"
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
# The usual case: a resource in a folder of a stream that is not a family.
_RESOURCE = re.compile(
    rf"/({_SEGMENT.pattern})/({_SEGMENT.pattern}/{_SEGMENT.pattern})"
)


class Page(StrEnum):
    """A page of the program itself."""

    HOME = "/"
    LIVE = "/livez"
    READY = "/readyz"
    METRICS = "/metrics"
    STATUS = "/status.json"


_PAGES = frozenset(Page)
PUBLIC_PAGES = frozenset({Page.LIVE, Page.READY})
"""They only show whether the program runs, and probes do not know the key."""


@value
class LocalPath:
    """A name in a stream."""

    stream: str
    """The name of a stream, or of a family."""
    id: str | None
    """The member of the family; None for a stream that is not a family."""
    path: str
    """The path below the stream: `index.m3u8`, `1080p-5000k/seg1.ts`."""
    leads_to: str = ""
    """For a short form: a reference to the entry. It is relative, so it works behind
    any front."""


Route = LocalPath | Page


def parse(path: str, *, families: Collection[str], key: str | None = None) -> Route:
    """Return what the path of a request refers to; its query is already removed.

    Raises KeyUnknownError if the key is missing or wrong, and NameUnknownError for any
    other path. The error does not contain the path, which may be anything, including an
    upstream's URL with its token.
    """
    if not (path.isascii() and path.startswith("/")):
        raise _unknown()
    if key is not None and path not in PUBLIC_PAGES:
        path = _without_key(path, key)
    if path in _PAGES:
        return Page(path)
    usual = _RESOURCE.fullmatch(path)
    if usual is not None and usual[1] not in families:
        return LocalPath(usual[1], None, usual[2])
    segments = path[1:].split("/")
    folder = len(segments) > 1 and not segments[-1]
    if folder:
        segments.pop()
    if not all(map(_SEGMENT.fullmatch, segments)):
        raise _unknown()
    return _place(segments, families, folder=folder)


def _without_key(path: str, key: str) -> str:
    first, slash, rest = path[1:].partition("/")
    if not (slash and hmac.compare_digest(first.encode(), key.encode())):
        raise KeyUnknownError("the path does not begin with the access key")
    return f"/{rest}"


def _place(
    segments: list[str], families: Collection[str], *, folder: bool
) -> LocalPath:
    depth = 2 if segments[0] in families else 1
    stream, below, leads_to = segments[:depth], segments[depth:], ""
    if folder and (below or stream[-1].endswith(_SHORT)):
        raise _unknown()
    if not below:
        stream[-1] = stream[-1].removesuffix(_SHORT)
        below = [ENTRY]
        leads_to = ENTRY if folder else f"{stream[-1]}/{ENTRY}"
    # A playlist refers to resources in one folder, so all names have the same depth.
    if below != [ENTRY] and len(below) != 2:  # noqa: PLR2004
        raise _unknown()
    if len(stream) == 1 and stream[0] in families:
        raise _unknown()
    member = stream[1] if stream[1:] else None
    return LocalPath(stream[0], member, "/".join(below), leads_to)


def _unknown() -> NameUnknownError:
    return NameUnknownError("no path of the proxy; streams are /NAME/index.m3u8")
