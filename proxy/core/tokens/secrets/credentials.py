"""Which parts of a request are credentials, which a player must not see."""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from proxy.core.http import uri
from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.named_values import is_secret_name, pairs, secrets_in
from proxy.core.tokens.secrets.recogniser import recognisable

# Header fields that are not secret, and whose values often occur in playlists by
# chance.
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
_PUBLIC_BEGINNINGS = ("cmcd-", "sec-")
# A UUID has 36 characters; a longer path part is a signature or a token.
_LONGEST_NAME = 40
# Names chosen by people mix cases and digits less than random ones.
_SHORTEST_MIX, _SHORTEST_RANDOM = 12, 16
_CHANGES = re.compile("(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_LEAST_CHANGES = 3


def secrets_of_url(url: str) -> frozenset[str]:
    """Return the secret parts of a URL that is itself a credential.

    These are all query values, and the path parts that are too long for names.
    """
    parts = uri.split(url)
    written = (parts.query or "").split("&")
    values = {pair.partition("=")[2] for pair in written}
    values |= {unquote(value, "latin-1") for value in values}
    long = {part for part in parts.path.split("/") if len(part) >= _LONGEST_NAME}
    return frozenset(values | long) - {""}


def secrets_of_path(url: str, entry: str) -> frozenset[str]:
    """Return the parts of a URL's path that look like secrets and are not public.

    For a URL that is itself the token. `entry` is the URL that it replaces, whose path
    is not secret. The last part of the path is a file name and is skipped.
    """
    known = {*uri.split(entry).path.split("/")}
    folders = uri.split(url).path.split("/")[:-1]
    return frozenset(part for part in folders if _is_random(part) and part not in known)


def secrets_in_query(url: str) -> frozenset[str]:
    """Return the query values of a configured URL that are long or look secret."""
    found = frozenset(secrets_in(uri.split(url).query or ""))
    return found | {unquote(value, "latin-1") for value in found}


# The fields that are sent with a token do not change until the next token.
@lru_cache(256)
def credentials_of(fields: Fields) -> frozenset[str]:
    """Return the credentials in a request's header fields, if unsure too many.

    These are the values with and without the name of their scheme, each cookie by
    itself, and the user and password of Basic authentication.
    """
    return frozenset(
        found
        for name, value in fields
        if name.lower() not in _PUBLIC
        and not name.lower().startswith(_PUBLIC_BEGINNINGS)
        for found in _of(name, value)
        if found
    )


def bare_credentials(fields: Fields) -> frozenset[str]:
    """Return only the secret parts of the fields: no user and no scheme name."""
    return frozenset(
        found
        for name, value in fields
        if name.lower() not in _PUBLIC
        for found in _bare(name, value)
        if found
    )


def exposed(fields: Fields) -> list[str]:
    """Return the names of fields whose credentials look like ordinary words.

    Only fields with a secret-sounding name are included: many others have short values.
    """
    return [
        name
        for name, value in fields
        if is_secret_name(name)
        and len(recognisable(found := [*_bare(name, value)])) < len(found)
    ]


def user_of(url: str) -> frozenset[str]:
    """Return the user information of a URL as it is sent; see `credentials_of`."""
    return frozenset(_parts(_user(url))) - {""} if "@" in url else frozenset()


def password_of(url: str) -> str:
    """Return the password in a URL's user information; without one, the user."""
    user, _, password = _user(url).partition(":")
    return password or user


def _user(url: str) -> str:
    return unquote((uri.split(url).authority or "").rpartition("@")[0])


def _of(name: str, value: str) -> Iterator[str]:
    yield from _bare(name, value)
    if name.lower() != "cookie":
        yield value.strip()
        yield from (one for _, one in pairs(value))
        scheme, _, credentials = value.strip().rpartition(" ")
        yield credentials
        if scheme.lower() == "basic":
            yield from _parts(_decoded(credentials))


def _bare(name: str, value: str) -> Iterator[str]:
    """Yield the parts of a field that are secret by themselves."""
    if name.lower() == "cookie":
        values = (pair.partition("=")[2].strip() for pair in value.split(";"))
        yield from filter(None, values)
        return
    scheme, _, credentials = value.strip().rpartition(" ")
    pair = _decoded(credentials) if scheme.lower() == "basic" else ""
    yield pair.partition(":")[2] or credentials


def _is_random(part: str) -> bool:
    """Return whether a name looks random: not a word, a number or a date."""
    if len(part) >= _LONGEST_NAME:
        return True
    one_case = part in {part.lower(), part.upper()}
    mixed = part.isalnum() and any(map(str.isdigit, part)) and not one_case
    changes = len(_CHANGES.findall(part))
    return (len(part) >= _SHORTEST_MIX and mixed) or (
        len(part) >= _SHORTEST_RANDOM and changes >= _LEAST_CHANGES
    )


def _parts(pair: str) -> Iterator[str]:
    user, _, password = pair.partition(":")
    yield from (pair, user, password)


def _decoded(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
