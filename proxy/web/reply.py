"""A reply that is sent to a player in one piece."""

from dataclasses import KW_ONLY, dataclass, field
from http.client import responses

from proxy.core.http.headers import Fields, are_clean
from proxy.errors import BadAnswerError


@dataclass(frozen=True, slots=True)
class WholeReply:
    """A status, our own header fields and a complete body."""

    status: int
    headers: Fields = field(default=(), repr=False)
    """Not in the repr: Location holds the query that a player sent."""
    _: KW_ONLY
    body: bytes = field(default=b"", repr=False)
    """Not in the repr: the home page holds the access key, if there is one."""
    head: bytes = field(default=b"", repr=False)
    """The fields as bytes, if they were encoded before."""
    dated: bool = False
    """Whether the fields include Date."""
    changing: Fields = ()
    """More fields, which differ from time to time: Age, Cache-Status."""
    problem: str | None = None
    """What went wrong, in a word or two for the log; None if nothing did."""
    detail: str | None = None
    """More about it, for the log only. This field itself is never sent."""


def lines(fields: Fields) -> bytes:
    """Return header fields as bytes; raise BadAnswerError for control characters.

    The values may come from the upstream.
    """
    if not are_clean(fields):
        raise BadAnswerError("a header field holds control characters")
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode()


def refusal(status: int, problem: str, *headers: tuple[str, str]) -> WholeReply:
    """Return an error whose body depends only on its status.

    It must not be cached. Caches keep a 404 by default, but a name that is unknown now
    may be known in a second.
    """
    return WholeReply(
        status,
        (("Cache-Control", "no-store"), ("Content-Type", "text/plain"), *headers),
        body=f"{status} {responses.get(status, 'Error')}\n".encode(),
        problem=problem,
    )


def redirect(url: str) -> WholeReply:
    """Return a redirect to a URL that holds a token, so nobody may keep or pass it on.

    Raises BadAnswerError for a URL with control characters.
    """
    headers = (
        ("Location", url),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
    )
    return WholeReply(302, headers, head=lines(headers))


def json_reply(body: bytes, *more: tuple[str, str]) -> WholeReply:
    """Return a reply with a JSON document that must not be cached."""
    headers = (("Cache-Control", "no-store"), ("Content-Type", "application/json"))
    return WholeReply(200, (*headers, *more), body=body)
