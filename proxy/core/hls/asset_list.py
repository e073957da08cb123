"""Asset lists: what plays in an interstitial (RFC 8216bis, appendix D.2).

    {"ASSETS": [{"URI": "https://…/ad.m3u8", "DURATION": 15}, …], …}

Only the URIs of the assets change. Everything else stays as written, such as durations
and skip controls.
"""

from collections.abc import Callable, Iterator

from proxy.core.hls.json_text import JsonEdit, splice, strings, table
from proxy.core.http.placeholder_url import stand_in
from proxy.core.http.uri import Resolver
from proxy.errors import LimitError

_ASSET = 3
"""The length of the path ASSETS, index, URI."""
_MOST_ASSETS = 1000
"""A break has a dozen assets. A much longer list is an attack on the memory that stores
their names."""


def localised(text: str, base: str, name: Callable[[str], str]) -> str:
    """Return an asset list with local URIs.

    `base` is the URL it was read from. `name` returns the local, absolute URL for the
    upstream URL of an asset. References that no player follows stay. Raises
    BadAnswerError if the text is not JSON, or has more assets than anybody plays.
    """
    table(text)
    resolver, left = Resolver(base), _MOST_ASSETS

    def edits() -> Iterator[JsonEdit]:
        nonlocal left
        for found in strings(text):
            if len(found.path) != _ASSET or found.path[::2] != ("ASSETS", "URI"):
                continue
            left -= 1
            if left < 0:
                more = f"the asset list has more than {_MOST_ASSETS:,} assets"
                raise LimitError(more, allowed=_MOST_ASSETS)
            written = found.value.encode("utf-8", "surrogatepass")
            url, fragment = resolver.resolve(written) or (
                stand_in(written, listing=True),
                "",
            )
            if url is not None:
                yield JsonEdit(found.start, found.end, name(url) + fragment)

    return splice(text, edits())
