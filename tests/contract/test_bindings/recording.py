"""A real origin that records every token it gets."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from proxy.tokens.keepers.once_keeper import OnceKeeper
from tests.streams.origin import M3U8, Origin
from tests.tokens.scripted import Reports, ScriptedSource, seeded

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n"
LIVE = MEDIA.replace("#EXT-X-ENDLIST\n", "")
Decide = Callable[[web.Request], web.Response]


def playlist(text: str = MEDIA) -> web.Response:
    """Return a playlist."""
    return web.Response(text=text, content_type=M3U8)


def seen(one: Origin, name: str = "token") -> Counter[str]:
    """Return how often the origin got which token."""
    queries = (parse_qs(urlsplit(asked).query) for asked in one.asked)
    return Counter(token for query in queries for token in query.get(name, ()))


def aborts(request: web.Request) -> web.Response:
    """Drop the connection instead of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def once(source: ScriptedSource) -> OnceKeeper:
    """Return a keeper of single-use tokens."""
    return OnceKeeper(
        source,
        stream="lobby",
        local=False,
        clock=source.clock,
        rng=seeded(),
        report=Reports(),
    )
