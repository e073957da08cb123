"""URLs as text: split, resolved and edited without changing any other byte.

A signature covers the bytes of a URL. So nothing here re-quotes, re-orders or
normalises parts that it was not asked to change. URLs are ASCII `str`, percent-encoded.
References from a playlist are `bytes` in the origin's encoding.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from proxy.core.http.authority import names_host

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ORIGIN = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#]*@)?([^/?#]*?)(?::([0-9]*))?(?=[/?#]|\Z)"
)
# An origin that is already spelled as `origin` spells it, as nearly all are.
_USUAL_ORIGIN = re.compile(r"https?://[a-z0-9.-]++(?=[/?#]|\Z)")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# Bytes that RFC 3986, section 2, does not allow in a URI. The percent sign is not
# included: an escape is never changed, not even a broken one.
_UNSAFE = re.compile(rb"[^\x21-\x7E]|[\"<>\\^`{|}]")

_ESCAPE = re.compile(r"(%[0-9A-Fa-f]{2})")
# RFC 3986, sections 3.3 and 3.4.
IN_PART = "!$&'()*+,;=:@~"
"""Characters that are allowed in a part of a path, in addition to unreserved ones."""
IN_VALUE = "!$'()*+,;=:@/?~"
"""The same for the value of a query parameter."""

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
    rest, fragment = _cut(url, "#")
    rest, query = _cut(rest, "?")
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


def encode(reference: bytes) -> str:
    """Percent-encode the bytes that no URI may contain, in any text encoding."""
    return _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], reference).decode("ascii")


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


def query_value(query: str | None, name: str) -> str | None:
    """Return the decoded value of a query parameter, `None` if it has no value.

    A `+` stays a plus sign. Bytes that are not UTF-8 are returned as surrogates.
    """
    for pair in (query or "").split("&"):
        written, equals, value = pair.partition("=")
        if equals and unquote(written) == name:
            return unquote(value, errors="surrogateescape")
    return None


def has_query(url: str, name: str) -> bool:
    """Return whether the URL has a query parameter of this name, ignoring case."""
    query = _cut(url.partition("#")[0], "?")[1] or ""
    return any(_name(pair).lower() == name.lower() for pair in query.split("&"))


def legal(text: str, allowed: str) -> str:
    """Percent-encode what is neither unreserved, nor allowed, nor already encoded."""
    parts = _ESCAPE.split(text)
    return "".join(
        part if odd % 2 else quote(part, safe=allowed) for odd, part in enumerate(parts)
    )


def set_query(
    url: str, name: str, value: str, *, raw: bool = False, any_case: bool = False
) -> str:
    """Set a query parameter to a value, in place if it already exists.

    Percent-encodes every character of the value that is not unreserved. With `raw`,
    only those that are not allowed in the value of a parameter. With `any_case` the
    parameter also replaces those whose names differ only in case.
    """
    encoded = legal(value, IN_VALUE) if raw else _quoted(value)
    if "?" not in url:
        rest, mark, fragment = url.partition("#")
        return f"{rest}?{_quoted(name)}={encoded}{mark}{fragment}"
    rest, query = _cut(url.partition("#")[0], "?")
    pairs = [] if query is None else query.split("&")
    names = [_name(pair) for pair in pairs]
    wanted = name.lower() if any_case else name
    same = [(each.lower() if any_case else each) == wanted for each in names]
    if True not in same:
        return append_query(url, f"{_quoted(name)}={encoded}")
    first = same.index(True)
    written = pairs[first].partition("=")[0]
    if names[first] != name:
        written = _quoted(name)
    pairs[first] = f"{written}={encoded}"
    kept = [pair for n, pair in enumerate(pairs) if n == first or not same[n]]
    return f"{rest}?{'&'.join(kept)}{_fragment(url)}"


def set_queries(url: str, encoded: Mapping[str, str]) -> str:
    """Set many query parameters, in time linear in the length of the URL.

    `encoded` maps each name to its encoded `name=value` pair, sorted by name. The
    result is the same as from calling `set_query` for each.
    """
    rest, query = _cut(url.partition("#")[0], "?")
    pairs, left = list[str](), dict(encoded)
    for pair in [] if query is None else query.split("&"):
        name = _name(pair)
        if name not in encoded:
            pairs.append(pair)
        elif name in left:
            value = left.pop(name).partition("=")[2]
            pairs.append(f"{pair.partition('=')[0]}={value}")
    kept = rest if query is None else f"{rest}?{'&'.join(pairs)}"
    return append_query(kept + _fragment(url), "&".join(left.values()))


def drop_query(url: str, names: Collection[str]) -> str:
    """Remove the query parameters of these (lower-case) names, in any spelling.

    If no parameter is left, the question mark is removed too.
    """
    rest, query = _cut(url.partition("#")[0], "?")
    pairs = (query or "").split("&")
    kept = [pair for pair in pairs if _name(pair).lower() not in names]
    if len(kept) == len(pairs):
        return url
    left = "?" + "&".join(kept)
    return f"{rest}{left if left != '?' else ''}{_fragment(url)}"


def keep_query(url: str, names: Collection[str]) -> str:
    """Remove all query parameters except those of these (lower-case) names.

    If no parameter is left, the question mark is removed too.
    """
    rest, query = _cut(url.partition("#")[0], "?")
    if query is None:
        return url
    kept = [pair for pair in query.split("&") if _name(pair).lower() in names]
    return f"{rest}{'?' if kept else ''}{'&'.join(kept)}{_fragment(url)}"


def append_query(url: str, raw: str) -> str:
    """Append raw query text, after a question mark or an ampersand as needed."""
    rest, query = _cut(url.partition("#")[0], "?")
    if not raw:
        return url
    kept = f"{query}&" if query and not query.endswith("&") else query or ""
    return f"{rest}?{kept}{raw}{_fragment(url)}"


# The same token is written into many URLs.
@lru_cache(_REMEMBERED)
def _quoted(text: str) -> str:
    return quote(text, safe="")


def _cut(text: str, mark: str) -> tuple[str, str | None]:
    head, found, tail = text.partition(mark)
    return head, tail if found else None


def _fragment(url: str) -> str:
    _, mark, fragment = url.partition("#")
    return mark + fragment


def _name(pair: str) -> str:
    return unquote(pair.partition("=")[0])


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
