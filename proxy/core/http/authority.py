"""The authority of a URL, which may or may not name a host."""

import re
from ipaddress import IPv6Address

# RFC 3986, section 3.2, but stricter for names. The RFC allows characters that no
# resolver knows, and escapes, which would allow two spellings of the same host.
_AUTHORITY = re.compile(
    r"(?:[^@\[\]]*@)?(?:[A-Za-z0-9._-]+|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?"
)
_LAST_PORT = 65_535


def names_host(authority: str) -> bool:
    """Return whether one can connect to the authority (userinfo, host, port)."""
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
