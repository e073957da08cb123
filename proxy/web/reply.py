"""A reply that is sent to a player in one piece."""

from dataclasses import dataclass, field
from http.client import responses

from proxy.core.http.headers import Fields, are_clean
from proxy.errors import BadAnswerError


@dataclass(frozen=True, slots=True)
class WholeReply:
    """A status, our own header fields and a body that is whole."""

    status: int
    headers: Fields = field(default=(), repr=False)
    """Location holds the query that a player sent."""
    body: bytes = field(default=b"", repr=False)
    """That of the home page holds the access key, if there is one."""
    head: bytes = field(default=b"", repr=False)
    """The fields as they are written, if that was worked out before."""
    dated: bool = False
    """Whether a Date is among them."""
    age: int | None = None
    """The field Age, in seconds, which is not among them."""
    problem: str | None = None
    """What went wrong, in a word or two for the log; None if nothing did."""
    detail: str | None = None
    """More about it, for the log alone: it is never sent."""


def lines(fields: Fields) -> bytes:
    """Return header fields as they are written; values may come from upstream."""
    if not are_clean(fields):
        raise BadAnswerError("a header field holds control characters")
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode()


def refusal(status: int, problem: str, *headers: tuple[str, str]) -> WholeReply:
    """Return an error whose body is always the same for its status.

    It must not be kept: 404 is kept by caches that are not told otherwise, and a
    name that is unknown now may be known in a second.
    """
    return WholeReply(
        status,
        (("Cache-Control", "no-store"), ("Content-Type", "text/plain"), *headers),
        f"{status} {responses.get(status, 'Error')}\n".encode(),
        problem=problem,
    )


def json_reply(body: bytes) -> WholeReply:
    """Return a JSON document, which is for this player and this moment alone."""
    headers = (("Cache-Control", "no-store"), ("Content-Type", "application/json"))
    return WholeReply(200, headers, body)
