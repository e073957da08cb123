"""What is a secret in a list of names and values: a query, a form, JSON, a field."""

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

_SECRET_NAME = re.compile(
    "assertion|auth|cookie|cred|digest|hash|hmac|key|md5|pass|pw|secret|session|sig"
    "|token",
    re.IGNORECASE,
)
# What names or describes a secret is none: `Key-Pair-Id`, `KeyName`, `token_type`.
_ABOUT_NAME = re.compile("(?:id|name|type)$", re.IGNORECASE)
# A parameter of a header field, a pair of a query or of a cookie.
_PAIR = re.compile(r"(?<![^\s&;,])([\w.%-]+)=(?:\"([^\"]*)\"|([^\s&;,\"]+))")
# What Akamai signs is a list within a value: `exp=…~acl=/*~hmac=…`.
_LISTED = "~"
# MD5 in base64, without its padding; the ids of keys are shorter.
_SHORTEST_SIGNATURE = 22


def secrets_in(text: str) -> Iterator[str]:
    """Yield the values in a list of pairs that are called like secrets, or are long.

    They may come back in another order, or alone. A list is a query, a cookie, the
    parameters of a header field, or a signature with what it covers.
    """
    for name, value in pairs(text):
        if len(value) >= _SHORTEST_SIGNATURE or is_called_secret(name):
            yield value


def is_secret_name(name: str) -> bool:
    """Tell whether something of this name has to do with a secret."""
    return _SECRET_NAME.search(name) is not None


def is_called_secret(name: str) -> bool:
    """Tell whether something of this name is a secret, not what it is called."""
    return is_secret_name(name) and not _ABOUT_NAME.search(name)


def secrets_in_body(body: str) -> frozenset[str]:
    """Return what in a form or in JSON is called like a secret."""
    try:
        found = _members(json.loads(body))
    except (ValueError, RecursionError):
        found = ((name, unquote_plus(value)) for name, value in pairs(body))
    return frozenset(value for name, value in found if is_called_secret(name))


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and values of a list, and of lists within it."""
    if "=" not in text:
        return
    for name, quoted, bare in _PAIR.findall(text):
        value = quoted or bare
        yield name, value
        if _LISTED in value and "=" in value:
            parts = (part.partition("=") for part in value.split(_LISTED))
            yield from ((inner, one) for inner, _, one in parts)


def _members(document: object) -> Iterator[tuple[str, str]]:
    """Yield names and values of all texts in JSON, however deep."""
    waiting = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += ((name, each) for each in value)
