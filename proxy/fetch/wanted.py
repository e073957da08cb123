"""A request for a stream, before a token is added."""

from dataclasses import field, replace

from proxy.core.http.headers import Fields, impersonal
from proxy.core.http.uri_query import append_query
from proxy.core.kind import Kind
from proxy.core.values import value
from proxy.fetch.stamping import Stamper
from proxy.upstream.question import Question
from proxy.upstream.session import Session


@value
class Wanted:
    """A request, independent of the token that is sent with it."""

    kind: Kind
    url: str = field(repr=False)
    name: str = ""
    """The local path, which stays the same when the URL gets a new signature."""
    method: str = "GET"
    headers: Fields = field(default=(), repr=False)
    """The player's header fields that may be forwarded."""
    ours: Fields = field(default=(), repr=False)
    """The proxy's own fields, which request the rest of a body that broke off."""
    query: str = field(default="", repr=False)
    """The forwarded part of the player's query."""
    limit: int | None = None
    """The most bytes of the body to read; None leaves the body to the caller."""
    setting: str = ""
    """The name of the setting for that limit."""
    had: bool = False
    """Whether this playlist was available before."""
    allow_empty: bool = False
    """Whether an empty body is accepted."""

    @property
    def personal(self) -> bool:
        """Whether the player added something, which may be why it is refused."""
        return bool(self.query) or impersonal(self.headers) != self.headers

    @property
    def bare(self) -> "Wanted":
        """The same request without the player's additions."""
        return replace(self, headers=impersonal(self.headers), query="")

    def question(self, stamper: Stamper, session: Session | None) -> Question:
        """Return the request to send, with this stamper and session."""
        return Question(
            method=self.method,
            url=append_query(self.url, self.query) if self.query else self.url,
            kind=self.kind,
            headers=self.headers + self.ours,
            stamp=stamper.stamp,
            again=stamper.again,
            clean=stamper.clean,
            session=session,
            rest=bool(self.ours),
        )
