"""What of a request is a credential, and so is not for a player to see."""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from proxy.core.http import uri
from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.recogniser import recognisable

# What everybody may see of a request, and what often stands in playlists by chance.
_PUBLIC = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language"),
        *("cache-control", "connection", "content-type", "dnt", "from", "host"),
        *("if-match", "if-modified-since", "if-none-match", "if-range", "origin"),
        *("pragma", "priority", "range", "referer", "te", "user-agent", "via"),
        *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
        *("x-playback-session-id", "x-requested-with"),
    }
)
_SECRET_NAME = re.compile(
    "auth|cookie|cred|key|pass|secret|session|sig|token", re.IGNORECASE
)
_PUBLIC_BEGINNINGS = ("cmcd-", "sec-")
# A UUID has 36 characters; what is longer in a path is a signature or a token.
_LONGEST_NAME = 40


def secrets_of_url(url: str) -> frozenset[str]:
    """Return what of a URL that is a credential must not be seen.

    All values of its query, and the parts of its path that are too long for names.
    """
    parts = uri.split(url)
    pairs = (parts.query or "").split("&")
    values = {pair.partition("=")[2] for pair in pairs}
    values |= {unquote(value, "latin-1") for value in values}
    long = {part for part in parts.path.split("/") if len(part) >= _LONGEST_NAME}
    return frozenset(values | long) - {""}


# The fields that go with a token are the same until the next one.
@lru_cache(256)
def credentials_of(fields: Fields) -> frozenset[str]:
    """Return those in the header fields of a request; rather too much than too little.

    Values as they are and less what names their scheme, cookies one by one, and what
    Basic authentication says.
    """
    return frozenset(
        found
        for name, value in fields
        if name.lower() not in _PUBLIC
        and not name.lower().startswith(_PUBLIC_BEGINNINGS)
        for found in _of(name, value)
        if found
    )


def exposed(fields: Fields) -> list[str]:
    """Return the names of fields whose credentials cannot be told from other words.

    Only of those that are called like something secret: many have a short value.
    """
    return [
        name
        for name, value in fields
        if _SECRET_NAME.search(name)
        and len(recognisable(found := [*_bare(name, value)])) < len(found)
    ]


def user_of(url: str) -> frozenset[str]:
    """Return the user information of a URL as it is sent: see `credentials_of`."""
    return frozenset(_parts(_user(url))) - {""} if "@" in url else frozenset()


def password_of(url: str) -> str:
    """Return the password in the user information of a URL, or what stands for one."""
    user, _, password = _user(url).partition(":")
    return password or user


def _user(url: str) -> str:
    return unquote((uri.split(url).authority or "").rpartition("@")[0])


def _of(name: str, value: str) -> Iterator[str]:
    yield from _bare(name, value)
    if name.lower() != "cookie":
        yield value.strip()
        scheme, _, credentials = value.strip().rpartition(" ")
        yield credentials
        if scheme.lower() == "basic":
            yield from _parts(_decoded(credentials))


def _bare(name: str, value: str) -> Iterator[str]:
    """Yield what of a field is secret and nothing else."""
    if name.lower() == "cookie":
        values = (pair.partition("=")[2].strip() for pair in value.split(";"))
        yield from filter(None, values)
        return
    scheme, _, credentials = value.strip().rpartition(" ")
    pair = _decoded(credentials) if scheme.lower() == "basic" else ""
    yield pair.partition(":")[2] or credentials


def _parts(pair: str) -> Iterator[str]:
    user, _, password = pair.partition(":")
    yield from (pair, user, password)


def _decoded(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
