"""Which values are secrets in a query, a form, JSON or a header field."""

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

_SECRET_NAME = re.compile(
    "assertion|auth|cookie|cred|digest|hash|hmac|key|md5|pass|pw|secret|session|sig"
    "|token",
    re.IGNORECASE,
)
# Names and descriptions of secrets are not secret: `Key-Pair-Id`, `KeyName`,
# `token_type`.
_ABOUT_NAME = re.compile("(?:id|name|type)$", re.IGNORECASE)
# A parameter of a header field, or a pair of a query or of a cookie.
_PAIR = re.compile(r"(?<![^\s&;,])([\w.%-]+)=(?:\"([^\"]*)\"|([^\s&;,\"]+))")
# Akamai signs a list within a value: `exp=…~acl=/*~hmac=…`.
_LISTED = "~"
# The length of an MD5 in base64 without padding; key ids are shorter.
_SHORTEST_SIGNATURE = 22


def secrets_in(text: str) -> Iterator[str]:
    """Yield the values in a list of pairs that are long or named like secrets.

    A server may send them back in another order, or alone. A list is a query, a cookie,
    the parameters of a header field, or a signature with the values that it covers.
    """
    for name, value in pairs(text):
        if len(value) >= _SHORTEST_SIGNATURE or is_called_secret(name):
            yield value


def is_secret_name(name: str) -> bool:
    """Return whether this name has to do with a secret."""
    return _SECRET_NAME.search(name) is not None


def is_called_secret(name: str) -> bool:
    """Return whether this name denotes a secret itself, not its id or type."""
    return is_secret_name(name) and not _ABOUT_NAME.search(name)


def secrets_in_body(body: str) -> frozenset[str]:
    """Return the values in a form or in JSON that are named like secrets."""
    try:
        found = _members(json.loads(body))
    except (ValueError, RecursionError):
        found = ((name, unquote_plus(value)) for name, value in pairs(body))
    return frozenset(value for name, value in found if is_called_secret(name))


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values in a list, and in lists within its values."""
    if "=" not in text:
        return
    for name, quoted, bare in _PAIR.findall(text):
        value = quoted or bare
        yield name, value
        if _LISTED in value and "=" in value:
            parts = (part.partition("=") for part in value.split(_LISTED))
            yield from ((inner, one) for inner, _, one in parts)


def _members(document: object) -> Iterator[tuple[str, str]]:
    """Yield the names and values of all strings in JSON, at any depth."""
    waiting = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += ((name, each) for each in value)
