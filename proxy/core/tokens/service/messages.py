"""What a token service is asked, and what it answered."""

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

# What everybody may see of a form: RFC 6749 and RFC 8707.
_PUBLIC_PAIR = re.compile(
    r"^(?:grant_type|scope|client_id|resource|audience)=[^&]*$", re.IGNORECASE
)
# Of a pair in a form, of a member in JSON.
_NAME = re.compile(r"^[\w.-]+=|\"[^\"]*\"\s*:")
_BREAK = re.compile(r"[\s=,:;\"'{}\[\]<>]+")
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One request. Its URL is sent byte for byte; nothing of it is printed."""

    method: str
    url: str = field(repr=False)
    _: KW_ONLY
    headers: Fields = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    seconds: float | None = None
    """How long the whole may take; None is as long as others."""
    filled: frozenset[str] = field(default=frozenset(), repr=False)
    """The secrets, and the fields of other tokens, that were filled in."""

    @property
    def credentials(self) -> frozenset[str]:
        """Return what of it no player of a stream may see, wherever it stands.

        Less than `secrets`: an id in the request may well stand in playlists.
        """
        body = (self.body or b"").decode("utf-8", "replace")
        return self.filled.union(
            bare_credentials(self.headers),
            secrets_in_query(self.url),
            secrets_in_body(body),
        )

    @property
    def secrets(self) -> frozenset[str]:
        """Return what no answer may be shown to echo; rather too much than too little.

        Of the query, of header fields and of the body all values.
        """
        found = set(secrets_of_url(self.url) | credentials_of(self.headers))
        for pair in (self.body or b"").decode("utf-8", "replace").split("&"):
            if not _PUBLIC_PAIR.match(pair):
                value = _NAME.sub(" ", pair)
                found |= {value.strip(), *_BREAK.split(value)}
        # RFC 6749, section 2.3.1: encoded like a form, in Basic authentication too.
        found |= {unquote_plus(one) for one in found}
        return frozenset(one for one in found if len(one) >= _SHORTEST)


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """One answer, its body whole and decoded."""

    status: int
    _: KW_ONLY
    headers: Fields = field(repr=False)
    body: bytes = field(repr=False)
    sent: float
    """When the request set out, in epoch seconds of our clock."""
    seconds: float
    """From then until the head of the answer was here."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What it may echo of its request."""

    @property
    def succeeded(self) -> bool:
        """Whether the service did what it was asked for."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, section 15

    def header(self, name: str) -> str | None:
        """Return the first value of a header field, by its name in lower case."""
        return first(self.headers, name)

    @property
    def date(self) -> float | None:
        """What the service's clock said, in epoch seconds; `None` if it did not say.

        An answer out of a cache was made before (RFC 9111, section 4.2.3).
        """
        said = http_date(self.header("date") or "")
        age = self.header("age") or "0"
        if said is None or not (age.isascii() and age.isdigit()):
            return None
        return said + float(age)

    @property
    def skew(self) -> float | None:
        """How far the service's clock is ahead of ours, in seconds, if it is known."""
        return skew_of(
            self.header("date"),
            self.header("age"),
            sent=self.sent,
            received=self.sent + self.seconds,
        )

    @property
    def retry_after(self) -> float | None:
        """How many seconds it asks us to wait (RFC 9110, section 10.2.3), if it does.

        A moment is one of its own clock.
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
    """Return the first value of a field, by its name in lower case."""
    return next((value for key, value in fields if key.lower() == name), None)
