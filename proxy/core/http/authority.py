"""The authority of a URL, which may or may not name a host."""

import re
from ipaddress import IPv6Address

# RFC 3986, section 3.2, but for names: it allows signs in them that no resolver knows,
# and escapes, which would let one host be spelled like another.
_AUTHORITY = re.compile(
    r"(?:[^@\[\]]*@)?(?:[A-Za-z0-9._-]+|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?"
)
_LAST_PORT = 65_535


def names_host(authority: str) -> bool:
    """Tell whether one could connect to the authority (userinfo, host, port)."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int(match[2] or 0) > _LAST_PORT:
        return False
    return match[1] is None or _is_ipv6(match[1])


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True
