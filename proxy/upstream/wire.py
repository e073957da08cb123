"""Build what is sent for a hop: its target, byte for byte, and its header fields."""

import base64
import re
from urllib.parse import unquote_to_bytes

from multidict import CIMultiDict
from yarl import URL

from proxy.core.http import uri
from proxy.core.http.headers import is_clean
from proxy.errors import AddressRefusedError, UnreachableError
from proxy.upstream.question import Question
from proxy.upstream.redirects import Hop

_URL = re.compile("[!-~]+")


def target_of(hop: Hop) -> URL:
    """Return the URL to request, without user information."""
    return exact(hop.stamped.url)


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
        valid = target.raw_host and target.port  # yarl parses them only now
    except ValueError:
        valid = None
    if not valid:
        raise AddressRefusedError(f"{_host(url)}: a URL without a valid host")
    return target


def _host(url: str) -> str:
    return uri.origin(url).partition("://")[2]


def fields_of(question: Question, hop: Hop, user_agent: str) -> CIMultiDict[str]:
    """Return the header fields to send: the player's, overridden by ours."""
    fields = CIMultiDict(question.headers)
    fields.setdefault("User-Agent", user_agent)
    fields["Accept-Encoding"] = question.accept_encoding
    if authorization := _basic(hop):
        fields["Authorization"] = authorization
    for name, value in hop.stamped.headers:
        fields[name] = value
    if question.session is not None:
        question.session.add_to(fields, hop.stamped.url)
    if not is_clean("".join(fields.values())):
        raise UnreachableError(f"{hop.host}: a header field with control characters")
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
