"""URLs as text: split and resolved without changing any other byte.

A signature covers the bytes of a URL. So nothing here re-quotes, re-orders or
normalises parts that it was not asked to change. URLs are ASCII `str`, percent-encoded.
References from a playlist are `bytes` in the origin's encoding.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from proxy.core.http.authority import names_host
from proxy.core.http.percent_encoding import encode

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ORIGIN = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#]*@)?([^/?#]*?)(?::([0-9]*))?(?=[/?#]|\Z)"
)
# An origin that is already spelled as `origin` spells it, as nearly all are.
_USUAL_ORIGIN = re.compile(r"https?://[a-z0-9.-]++(?=[/?#]|\Z)")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# A plain reference is either absolute (the group) or is resolved by appending it to the
# directory of its base. It has nothing to encode, and no segment that is empty or only
# dots.
_SEGMENT = rb"[A-Za-z0-9_~!$&'()*+,;=@%-][A-Za-z0-9._~!$&'()*+,;=@%-]*+"
PLAIN_PATH = rb"(https?://[A-Za-z0-9.-]++(?::[0-9]{1,4})?/)?+%b(?:/%b)*+" % (
    _SEGMENT,
    _SEGMENT,
)
PLAIN_QUERY = rb"(?:\?[A-Za-z0-9._~!$&'()*+,;=@%/?:-]*+)?+"
_PLAIN = re.compile(PLAIN_PATH + PLAIN_QUERY)


# One request uses the same two URLs a dozen times: with the token and without.
_REMEMBERED = 256


class UriParts(NamedTuple):
    """The components of a URL; `None` means absent, which differs from empty."""

    scheme: str
    authority: str | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def is_absolute(self) -> bool:
        """Whether the URL itself says which host it is on."""
        return bool(self.scheme) or self.authority is not None


@lru_cache(_REMEMBERED)
def split(url: str) -> UriParts:
    """Split a URL or reference into its parts (RFC 3986, appendix B). Never raises."""
    rest, fragment = cut(url, "#")
    rest, query = cut(rest, "?")
    scheme, authority = "", None
    if match := _SCHEME.match(rest):
        scheme, rest = match[1], rest[match.end() :]
    if rest.startswith("//"):
        authority, slash, rest = rest[2:].partition("/")
        rest = slash + rest
    return UriParts(scheme, authority, rest, query, fragment)


def join(parts: UriParts) -> str:
    """Join the parts of a URL again (RFC 3986, section 5.3)."""
    scheme, authority, path, query, fragment = parts
    return (
        (f"{scheme}:" if scheme else "")
        + ("" if authority is None else f"//{authority}")
        + path
        + ("" if query is None else f"?{query}")
        + ("" if fragment is None else f"#{fragment}")
    )


class Resolver:
    """Resolves references against one base, which is parsed only once."""

    def __init__(self, base: str) -> None:
        self._base = split(base)
        folder = _without_dots(self._base.path.rpartition("/")[0] + "/")
        self._folder = folder
        root = f"{self._base.scheme}://{self._base.authority}"
        self.directory = root + folder if _is_web(self._base) else ""
        """The prefix of plain references; empty if the base is not a web URL."""

    def resolve(self, reference: bytes) -> tuple[str, str] | None:
        """Return the absolute URL and the fragment, which is empty or begins with `#`.

        Returns `None` if the reference is not for the proxy: it has another scheme, no
        authority, or an authority that names no host. Never raises.
        """
        if self.directory and (plain := _PLAIN.fullmatch(reference)):
            text = reference.decode("ascii")
            return text if plain[1] else self.directory + text, ""
        parts = split(encode(reference.strip(b" \t")))
        fragment = "" if parts.fragment is None else f"#{parts.fragment}"
        if not parts.scheme:
            parts = self._transform(parts)
        if not _is_web(parts):
            return None
        return join(parts._replace(fragment=None)), fragment

    def _transform(self, reference: UriParts) -> UriParts:
        """Fill in what the reference leaves out (RFC 3986, section 5.2.2)."""
        base, (_, authority, path, query, _) = self._base, reference
        if authority is not None:
            return UriParts(base.scheme, authority, _without_dots(path), query, None)
        if not path:
            path, query = base.path, base.query if query is None else query
        elif path.startswith("/"):
            path = _without_dots(path)
        else:
            path = _without_dots(self._folder + path)
        return UriParts(base.scheme, base.authority, path, query, None)


def resolve(base: str, reference: bytes) -> tuple[str, str] | None:
    """Resolve one reference, as `Resolver.resolve` does. Never raises."""
    return Resolver(base).resolve(reference)


@lru_cache(_REMEMBERED)
def origin(url: str) -> str:
    """Return `scheme://host[:port]` in lower case, without a default port."""
    if usual := _USUAL_ORIGIN.match(url):
        return usual[0]
    end = url.find("/", len("https://"))
    # The rest of the URL does not matter here, and would be a new cache key for each
    # URL.
    web = end > 0 and url.startswith(("https://", "http://"))
    return _origin_in(url[:end] if web else url)


@lru_cache(_REMEMBERED)
def _origin_in(beginning: str) -> str:
    match = _ORIGIN.match(beginning)
    return "" if match is None else _origin(match)


def normal(url: str) -> str:
    """Return the URL with its origin spelled as `origin` does, without a fragment."""
    rest = url.partition("#")[0]
    if _USUAL_ORIGIN.match(url):
        return rest
    match = _ORIGIN.match(url)
    return rest if match is None else _origin(match) + rest[match.end() :]


def _origin(match: re.Match[str]) -> str:
    scheme, host, port = match[1].lower(), match[2].lower(), match[3]
    usual = not port or port == _DEFAULT_PORTS.get(scheme)
    return f"{scheme}://{host}" if usual else f"{scheme}://{host}:{port}"


def cut(text: str, mark: str) -> tuple[str, str | None]:
    """Return what is before a mark and what is after it, `None` without the mark."""
    head, found, tail = text.partition(mark)
    return head, tail if found else None


def _without_dots(path: str) -> str:
    """Remove dot segments, but no empty segments (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _is_web(parts: UriParts) -> bool:
    """Return whether it is http or https and names a host to connect to."""
    return parts.scheme.lower() in _DEFAULT_PORTS and names_host(parts.authority or "")
