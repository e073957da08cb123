"""One request to a token service, and its reply."""

import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from urllib.parse import unquote_plus

from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.credentials import (
    bare_credentials,
    credentials_of,
    secrets_in_query,
    secrets_of_url,
)
from proxy.core.tokens.secrets.named_values import secrets_in_body
from proxy.core.tokens.times.instant import http_date
from proxy.core.tokens.times.skew import skew_of

# The form fields that are not secret: RFC 6749 and RFC 8707.
_PUBLIC_PAIR = re.compile(
    r"^(?:grant_type|scope|client_id|resource|audience)=[^&]*$", re.IGNORECASE
)
# The name in a form pair or of a JSON member.
_NAME = re.compile(r"^[\w.-]+=|\"[^\"]*\"\s*:")
_BREAK = re.compile(r"[\s=,:;\"'{}\[\]<>]+")
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One request to a token service.

    Its URL is sent byte for byte. No part of the request is ever printed.
    """

    method: str
    url: str = field(repr=False)
    _: KW_ONLY
    headers: Fields = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    seconds: float | None = None
    """The timeout of the whole request; None means the usual one."""
    filled: frozenset[str] = field(default=frozenset(), repr=False)
    """The secrets and the fields of other tokens that were filled in."""

    @property
    def credentials(self) -> frozenset[str]:
        """Return the parts of the request that no player of a stream may see.

        Fewer than `secrets`: an id in the request may well appear in playlists.
        """
        body = (self.body or b"").decode("utf-8", "replace")
        return self.filled.union(
            bare_credentials(self.headers),
            secrets_in_query(self.url),
            secrets_in_body(body),
        )

    @property
    def secrets(self) -> frozenset[str]:
        """Return what to mask in answers that echo the request, if unsure too much.

        All values of the query, of header fields and of the body are included.
        """
        found = set(secrets_of_url(self.url) | credentials_of(self.headers))
        for pair in (self.body or b"").decode("utf-8", "replace").split("&"):
            if not _PUBLIC_PAIR.match(pair):
                value = _NAME.sub(" ", pair)
                found |= {value.strip(), *_BREAK.split(value)}
        # RFC 6749, section 2.3.1: form-encoded, in Basic authentication too.
        found |= {unquote_plus(one) for one in found}
        return frozenset(one for one in found if len(one) >= _SHORTEST)


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """One answer with its whole, decoded body."""

    status: int
    _: KW_ONLY
    headers: Fields = field(repr=False)
    body: bytes = field(repr=False)
    sent: float
    """When the request was sent, in epoch seconds of our clock."""
    seconds: float
    """Seconds from then until the head of the answer arrived."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The secrets of its request, which it may echo."""

    @property
    def succeeded(self) -> bool:
        """Whether the service answered with a success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, section 15

    def header(self, name: str) -> str | None:
        """Return the first value of a header field; `name` is in lower case."""
        return first(self.headers, name)

    @property
    def date(self) -> float | None:
        """The time by the service's clock, in epoch seconds; None if not sent.

        An answer from a cache was created earlier (RFC 9111, section 4.2.3).
        """
        said = http_date(self.header("date") or "")
        age = self.header("age") or "0"
        if said is None or not (age.isascii() and age.isdigit()):
            return None
        return said + float(age)

    @property
    def skew(self) -> float | None:
        """How far the service's clock is ahead of ours, in seconds; None if unknown."""
        return skew_of(
            self.header("date"),
            self.header("age"),
            sent=self.sent,
            received=self.sent + self.seconds,
        )

    @property
    def retry_after(self) -> float | None:
        """How many seconds the service asks us to wait; None if it does not ask.

        RFC 9110, section 10.2.3. A date is compared with the service's own clock.
        """
        value = (self.header("retry-after") or "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        until = http_date(value)
        if until is None:
            return None
        now = self.sent + self.seconds if self.date is None else self.date
        return max(0.0, until - now)


def first(fields: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a field; `name` is in lower case."""
    return next((value for key, value in fields if key.lower() == name), None)
