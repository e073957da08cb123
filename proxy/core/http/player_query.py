"""Which query parameters of a player go upstream, byte for byte.

Local URLs have no query, so the whole query of a request comes from the player.
"""

import re
from collections.abc import Collection, Iterable

_DIRECTIVES = "_HLS_"
"""RFC 8216bis section 6.2.5 reserves this prefix, so unknown directives pass too."""
_BLOCKING = ("_HLS_msn=", "_HLS_part=")

_CLIENT_DATA = "CMCD"

_MOST_BYTES = 1024
"""The limit of what is passed on: servers refuse long requests, and signatures need
room too."""


def selects(query: str) -> bool:
    """Return whether parameters that are passed on choose what a playlist lists."""
    return any(not is_for_all(part.partition("=")[0]) for part in query.split("&"))


def without_client_data(query: str) -> str:
    """Return a query without the data that players send about themselves (CTA-5004).

    That data changes with every request, but does not change the answer.
    """
    if "CMCD" not in query:
        return query
    parts = query.split("&")
    return "&".join(part for part in parts if part.partition("=")[0] != _CLIENT_DATA)


def client_data(query: str, hidden: Collection[str]) -> str:
    """Return only the data that players send about themselves (CTA-5004), as written.

    Empty if the name carries the token (`hidden`, in lower case). Parameters beyond 1
    kB are dropped.
    """
    if "CMCD" not in query or _CLIENT_DATA.lower() in hidden:
        return ""
    parts = query.split("&")
    told = (part for part in parts if part.partition("=")[0] == _CLIENT_DATA)
    return _bounded(told)


def is_for_all(name: str) -> bool:
    """Return whether a parameter has no influence on what is listed."""
    return not name or name.startswith(_DIRECTIVES)


def may_select(name: str) -> bool:
    """Return whether a parameter of this name may choose what is listed."""
    return not is_for_all(name) and name != _CLIENT_DATA


def undirected(query: str) -> str:
    """Return a query without delivery directives."""
    if _DIRECTIVES not in query:
        return query
    parts = query.split("&")
    return "&".join(part for part in parts if not part.startswith(_DIRECTIVES))


def without_brought(body: bytes, query: str) -> bytes:
    """Return a playlist without parameters that the upstream copied from the query.

    Some upstreams add the query of the request to all URLs that they list. The
    parameters of one player would then be sent for all other players.
    """
    for part in query.split("&") if query else ():
        brought = part.encode(errors="surrogateescape")
        if part and brought in body:
            wanted = rb"([?&])" + re.escape(brought) + rb"(&|(?=[\s\"'#]|\Z))"
            body = re.sub(wanted, lambda found: found[1] if found[2] else b"", body)
    return body


def directed(query: str) -> bool:
    """Return whether a query contains delivery directives."""
    return _DIRECTIVES in query and any(
        part.startswith(_DIRECTIVES) for part in query.split("&")
    )


def blocks(query: str) -> bool:
    """Return whether the query asks to wait for a playlist that does not exist yet.

    A cached playlist cannot answer such a request.
    """
    # Nearly no query has directives, and searching is faster than splitting.
    return _DIRECTIVES in query and any(
        part.startswith(_BLOCKING) for part in query.split("&")
    )


def skips(query: str) -> bool:
    """Return whether the query asks for a delta update, which may omit names."""
    return any(part.startswith("_HLS_skip=") for part in query.split("&"))


def forwarded(query: str, allowed: Collection[str], hidden: Collection[str]) -> str:
    """Return the parameters of the player's raw query to pass on, in their order.

    These are delivery directives and the names in `allowed`, up to 1 kB, but never one
    that carries the token (`hidden`, in lower case). All others are dropped, including
    CMCD (CTA-5004), because the answer is shared by all players.
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
    """Join the parameters, without those that exceed the limit."""
    kept: list[str] = []
    room = _MOST_BYTES
    for parameter in parameters:
        size = len(parameter.encode(errors="replace")) + 1
        if size <= room:
            kept.append(parameter)
            room -= size
    return "&".join(kept)
