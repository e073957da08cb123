"""The query of a URL as text: read and edited without changing any other byte."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

from proxy.core.http.percent_encoding import IN_VALUE, legal
from proxy.core.http.uri import cut


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
    query = cut(url.partition("#")[0], "?")[1] or ""
    return any(_name(pair).lower() == name.lower() for pair in query.split("&"))


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
    rest, query = cut(url.partition("#")[0], "?")
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
    rest, query = cut(url.partition("#")[0], "?")
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
    rest, query = cut(url.partition("#")[0], "?")
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
    rest, query = cut(url.partition("#")[0], "?")
    if query is None:
        return url
    kept = [pair for pair in query.split("&") if _name(pair).lower() in names]
    return f"{rest}{'?' if kept else ''}{'&'.join(kept)}{_fragment(url)}"


def append_query(url: str, raw: str) -> str:
    """Append raw query text, after a question mark or an ampersand as needed."""
    rest, query = cut(url.partition("#")[0], "?")
    if not raw:
        return url
    kept = f"{query}&" if query and not query.endswith("&") else query or ""
    return f"{rest}?{kept}{raw}{_fragment(url)}"


# The same token is written into many URLs.
@lru_cache(256)
def _quoted(text: str) -> str:
    return quote(text, safe="")


def _fragment(url: str) -> str:
    _, mark, fragment = url.partition("#")
    return mark + fragment


def _name(pair: str) -> str:
    return unquote(pair.partition("=")[0])
