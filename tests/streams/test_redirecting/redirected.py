"""Where a player is redirected to."""

from proxy.replies import RedirectReply
from tests.streams.built import Built, ask
from tests.streams.storing import HEAD

VOD = f"{HEAD}#EXTINF:4,\ns1.ts\n#EXTINF:4,\ns2.ts\n#EXT-X-ENDLIST\n"


async def sent_to(one: Built, path: str, query: str = "", **headers: str) -> str:
    """Return the URL that the player is redirected to."""
    reply = await one.stream.open(path, ask(query, headers))
    assert isinstance(reply, RedirectReply)
    return reply.url
