"""What the platform writes into its playlists and answers: links, and credentials.

A writer changes the link to a piece; writers run in the order of the list. An issuer
makes a credential of the platform's own: a session, or a token that lives longer. It
also checks that credential when it comes back.
"""

import random
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote, unquote

from tests.providers.emulation.asks import Ask, Reason, RefusedError
from tests.providers.emulation.carriers import Shown
from tests.providers.emulation.checks import same
from tests.providers.emulation.doors import Entered
from tests.providers.emulation.programme import Piece

# In base64 these are "+//+" and "////": characters that must be percent-encoded, and
# must stay as they were written.
_BLOB_MARK = b"\xfb\xff\xfe"
_SIGNATURE_MARK = b"\xff\xff\xff"
_NONCE_BYTES = 60


@dataclass(frozen=True, slots=True)
class Link:
    """The location of a piece, as the platform writes it."""

    host: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)

    def with_query(self, added: str) -> "Link":
        """Return the link with parameters added."""
        both = (text for text in (self.query, added) if text)
        return replace(self, query="&".join(both))


@dataclass(frozen=True, slots=True)
class Page:
    """The playlist that is being written, and the request for it."""

    entered: Entered
    issued: str
    """The platform's own credential: from the request, or a new one; or empty."""
    new: bool
    """Whether it was made for this request."""
    now: float


Writer = Callable[[Link, Piece, Page], Link]
Gift = Callable[[Page], tuple[str, str]]
"""Returns a header of the answer that contains the issued credential."""
Move = Callable[[Piece, Page], Link | None]
"""Returns where a request is redirected, or None."""


class Issuer(Protocol):
    """Makes and checks a credential of the platform's own."""

    def issue(self, ask: Ask, now: float) -> str:
        """Return a new credential."""
        ...

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Return when it expires; raise RefusedError if it was not issued here."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """URLs that the platform signs for `seconds`: a blob in the path, a query.

    `form` is the query as the platform writes it, with `{expires}`, `{signature}`.
    """

    seconds: float
    form: str = "expires={expires}&signature={signature}"
    secret: str = field(default="platform", repr=False)
    rng: random.Random = field(
        default_factory=lambda: random.Random(0),  # noqa: S311 - noise, no secret
        repr=False,
    )

    def blob(self, rendition: str) -> str:
        """Return a new part of a path, longer than 64 characters."""
        nonce = _BLOB_MARK + self.rng.randbytes(_NONCE_BYTES)
        return quote(b64encode(nonce + rendition.encode()), safe="")

    def write(self, link: Link, piece: Piece, page: Page) -> Link:
        """Sign a link (a Writer)."""
        del piece
        expires = str(int(page.now + self.seconds))
        return link.with_query(self._query(link.path, expires))

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Check a signed URL (a Check)."""
        del now
        expires = shown["expires"]
        wanted = self._query(ask.path, expires)
        signature = next(v for v in wanted.split("&") if v.startswith("signature="))
        if not same(f"signature={shown['signature']}", signature):
            raise RefusedError(Reason.BAD)
        return float(expires)

    def _query(self, path: str, expires: str) -> str:
        digest = sha256(f"{self.secret} {path} {expires}".encode()).digest()
        signature = quote(b64encode(_SIGNATURE_MARK + digest), safe="")
        return self.form.format(expires=expires, signature=signature)


def rendition_in(blob: str) -> str:
    """Return the rendition that a blob was made for; empty if it was not made here."""
    try:
        decoded = b64decode(unquote(blob), validate=True)
        return decoded[len(_BLOB_MARK) + _NONCE_BYTES :].decode()
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class InQuery:
    """Writes the issued credential into the query of each link."""

    name: str

    def __call__(self, link: Link, piece: Piece, page: Page) -> Link:
        """Add the parameter."""
        del piece
        return link.with_query(f"{self.name}={page.issued}") if page.issued else link


@dataclass(frozen=True, slots=True)
class InPath:
    """Writes the issued credential at the front of each link's path, as `/name=…/`.

    Links are relative, so later links inherit it.
    """

    name: str

    def __call__(self, link: Link, piece: Piece, page: Page) -> Link:
        """Add the part at the front."""
        del piece
        part = f"/{self.name}={page.issued}" if page.new else ""
        return replace(link, path=f"{part}{link.path}")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Writes the credential of the playlist's request into each link."""

    when: str = ""
    """The parameter that requests this; empty: always."""

    def __call__(self, link: Link, piece: Piece, page: Page) -> Link:
        """Add the parameters as they were sent."""
        del piece
        entered = page.entered
        if self.when and self.when not in entered.rest.query.split("&"):
            return link
        sent = "&".join(f"{n}={quote(v)}" for n, v in entered.shown.items())
        link = link.with_query(sent)
        return link.with_query(self.when) if self.when else link


@dataclass(frozen=True, slots=True)
class AsCookie:
    """Sets the issued credential as a cookie (a Gift)."""

    name: str
    attributes: str = "; Path=/"

    def __call__(self, page: Page) -> tuple[str, str]:
        """Return the header."""
        return "Set-Cookie", f"{self.name}={page.issued}{self.attributes}"


@dataclass(frozen=True, slots=True)
class AsHeader:
    """Sends the issued credential in a header (a Gift)."""

    name: str

    def __call__(self, page: Page) -> tuple[str, str]:
        """Return the header."""
        return self.name, page.issued


@dataclass(slots=True, kw_only=True)
class Sessions:
    """Sessions that expire `idle` seconds after their last request (an Issuer)."""

    idle: float = float("inf")
    longest: float = float("inf")
    one_client: bool = False
    """Whether a session is only valid for the address that began it."""
    name: str = "session"
    rng: random.Random = field(
        default_factory=lambda: random.Random(1),  # noqa: S311 - an id, no secret
        repr=False,
    )
    _open: dict[str, tuple[float, float, str]] = field(default_factory=dict, repr=False)

    def issue(self, ask: Ask, now: float) -> str:
        """Begin a session."""
        session = self.rng.randbytes(16).hex()
        self._open[session] = (now, now, ask.client)
        return session

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Return when the session expires, and record that it was used."""
        session = shown[self.name]
        if session not in self._open:
            raise RefusedError(Reason.BAD)
        began, used, client = self._open[session]
        if self.one_client and client != ask.client:
            raise RefusedError(Reason.BAD)
        ends = min(began + self.longest, used + self.idle)
        if ends > now:
            self._open[session] = (began, now, client)
        return ends
