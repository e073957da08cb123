"""Build the request for a hop: its target, byte for byte, and its header fields."""

import base64
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from multidict import CIMultiDict
from yarl import URL

from proxy.core.http import uri
from proxy.core.http.headers import Fields, is_clean
from proxy.errors import AddressRefusedError, UnreachableError
from proxy.upstream.question import Question
from proxy.upstream.redirects import Hop

_URL = re.compile("[!-~]+")
# Visible ASCII, as in `_URL`. The group contains the path and the query.
_TARGET = re.compile(r"[^:/?#]+://[!-\"$-.0->@-~]*([!-\"$-~]*)(?:#[!-~]*)?")


def request_of(question: Question, hop: Hop, host: str, user_agent: str) -> bytes:
    """Return the head of a request; requests have no body.

    `host` is the value of its Host field. Raises AddressRefusedError or
    UnreachableError if a value would break the head.
    """
    stamped, session = hop.stamped, question.session
    line = f"{question.method} {target_of(stamped.url)} HTTP/1.1\r\n".encode()
    if "@" in stamped.url or (session is not None and session.adds):
        return line + _lines(fields_of(question, hop, user_agent), host, hop.host)
    fields, codings = stamped.headers, question.accept_encoding
    return line + _usual_lines(
        question.headers, codings, fields, user_agent, host, hop.host
    )


# A player sends the same fields with each request, and so do we. So remember the lines.
@lru_cache(256)
def _usual_lines(
    fields: Fields, codings: str, ours: Fields, user_agent: str, host: str, name: str
) -> bytes:
    return _lines(_merged(fields, codings, ours, user_agent), host, name)


def _lines(fields: CIMultiDict[str], host: str, name: str) -> bytes:
    """Return the lines of the fields; `name` is the host's name for messages."""
    fields.setdefault("Accept", "*/*")
    host = fields.pop("Host", host)
    if not is_clean("".join((host, *fields.keys(), *fields.values()))):
        raise UnreachableError(f"{name}: a header field with control characters")
    lines = "".join([f"{key}: {value}\r\n" for key, value in fields.items()])
    return f"Host: {host}\r\n{lines}\r\n".encode()


def target_of(url: str) -> str:
    """Return the path and the query of a URL, byte for byte."""
    match = _TARGET.fullmatch(url)
    if match is None:
        raise AddressRefusedError(f"{_host(url)}: a URL with forbidden characters")
    target = match[1]
    return target if target.startswith("/") else f"/{target}"


def exact(url: str) -> URL:
    """Return a yarl URL that requests this URL byte for byte, without user information.

    yarl re-quotes URLs, which breaks signatures. Even with `encoded=True` it drops a
    lone `?`. It leaves paths alone, so path and query are passed as one path.
    """
    parts = uri.split(url)
    query = "" if parts.query is None else f"?{parts.query}"
    if not _URL.fullmatch(url):
        raise AddressRefusedError(f"{_host(url)}: a URL with forbidden characters")
    try:
        target = URL.build(
            scheme=parts.scheme.lower(),
            authority=(parts.authority or "").rpartition("@")[2].lower(),
            path=(parts.path or "/") + query,
            encoded=True,
        )
        valid = target.raw_host and target.port  # yarl only parses them on access
    except ValueError:
        valid = None
    if not valid:
        raise AddressRefusedError(f"{_host(url)}: a URL without a valid host")
    return target


def _host(url: str) -> str:
    return uri.origin(url).partition("://")[2]


def fields_of(question: Question, hop: Hop, user_agent: str) -> CIMultiDict[str]:
    """Return the header fields to send: the player's, overridden by ours."""
    ours = hop.stamped.headers
    if authorization := _basic(hop):
        ours = (("Authorization", authorization), *ours)
    fields = _merged(question.headers, question.accept_encoding, ours, user_agent)
    if question.session is not None:
        question.session.add_to(fields, hop.stamped.url)
    return fields


def _merged(
    players: Fields, codings: str, ours: Fields, user_agent: str
) -> CIMultiDict[str]:
    fields = CIMultiDict(players)
    fields.setdefault("User-Agent", user_agent)
    fields["Accept-Encoding"] = codings
    for name, value in ours:
        fields[name] = value
    return fields


def _basic(hop: Hop) -> str | None:
    if "@" not in hop.stamped.url:
        return None
    authority = uri.split(hop.stamped.url).authority or ""
    user_information, at, _ = authority.rpartition("@")
    if not at:
        return None
    user, _, password = user_information.partition(":")
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return "Basic " + base64.b64encode(pair).decode()
