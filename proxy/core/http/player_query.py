"""Which query parameters of a player go upstream, byte for byte.

Local URLs have no query, so all of a request's query is the player's own.
"""

import re
from collections.abc import Collection, Iterable

_DIRECTIVES = "_HLS_"
"""RFC 8216bis section 6.2.5 reserves the prefix: unknown ones pass too."""
_BLOCKING = ("_HLS_msn=", "_HLS_part=")

_CLIENT_DATA = "CMCD"

_MOST_BYTES = 1024
"""Of what passes: servers refuse long requests, and signatures need room as well."""


def selects(query: str) -> bool:
    """Tell whether what passes of a query chooses what a playlist lists."""
    return any(not is_for_all(part.partition("=")[0]) for part in query.split("&"))


def without_client_data(query: str) -> str:
    """Return a query without what players tell about themselves (CTA-5004).

    It changes with every request, and what comes does not.
    """
    if "CMCD" not in query:
        return query
    parts = query.split("&")
    return "&".join(part for part in parts if part.partition("=")[0] != _CLIENT_DATA)


def client_data(query: str, hidden: Collection[str]) -> str:
    """Return only what players tell about themselves (CTA-5004), as they wrote it.

    Nothing of a name that carries the token (`hidden`, in lower case), and nothing
    that is longer than 1 kB.
    """
    if "CMCD" not in query or _CLIENT_DATA.lower() in hidden:
        return ""
    parts = query.split("&")
    told = (part for part in parts if part.partition("=")[0] == _CLIENT_DATA)
    return _bounded(told)


def is_for_all(name: str) -> bool:
    """Tell whether a parameter says nothing about what is listed."""
    return not name or name.startswith(_DIRECTIVES)


def may_select(name: str) -> bool:
    """Tell whether a parameter of this name may choose what is listed."""
    return not is_for_all(name) and name != _CLIENT_DATA


def undirected(query: str) -> str:
    """Return a query without delivery directives."""
    parts = query.split("&")
    return "&".join(part for part in parts if not part.startswith(_DIRECTIVES))


def without_brought(body: bytes, query: str) -> bytes:
    """Return a playlist without what an upstream took over from a player's query.

    Some hand the query that they are asked with on to all that they list. What one
    player brought would be asked with for all others.
    """
    for part in query.split("&") if query else ():
        brought = part.encode(errors="surrogateescape")
        if part and brought in body:
            wanted = rb"([?&])" + re.escape(brought) + rb"(&|(?=[\s\"'#]|\Z))"
            body = re.sub(wanted, lambda found: found[1] if found[2] else b"", body)
    return body


def directed(query: str) -> bool:
    """Tell whether a query holds delivery directives."""
    return any(part.startswith(_DIRECTIVES) for part in query.split("&"))


def blocks(query: str) -> bool:
    """Tell whether it asks for a playlist that is not there yet, and waits for it.

    Nothing old answers it.
    """
    return any(part.startswith(_BLOCKING) for part in query.split("&"))


def skips(query: str) -> bool:
    """Tell whether it asks for a delta update, which need not show every name."""
    return any(part.startswith("_HLS_skip=") for part in query.split("&"))


def forwarded(query: str, allowed: Collection[str], hidden: Collection[str]) -> str:
    """Return what passes of the player's raw query, in the order received.

    Passing are delivery directives and the names in `allowed`, 1 kB of them; never one
    that carries the token (`hidden`, in lower case). The rest is ignored. That holds
    for CMCD too (CTA-5004): what comes is for all who ask.
    """
    if not query:
        return ""
    passing = []
    for parameter in query.split("&"):
        name = parameter.partition("=")[0]
        if name.lower() in hidden:
            continue
        if name and (is_for_all(name) or name in allowed):
            passing.append(parameter)
    return _bounded(passing)


def _bounded(parameters: Iterable[str]) -> str:
    """Join the parameters, without those for which there is no room."""
    kept: list[str] = []
    room = _MOST_BYTES
    for parameter in parameters:
        size = len(parameter.encode(errors="replace")) + 1
        if size <= room:
            kept.append(parameter)
            room -= size
    return "&".join(kept)
