"""One load of an entry: its cookies are kept apart until it is known whose they are.

Its requests carry all that the session holds, as a browser's would. The cookies it
receives go only with its own further requests, because some redirects check that they
come back. No other request carries them until the load is settled. Credentials that the
load renews go to the session at once.
"""

from collections.abc import Collection

from multidict import CIMultiDict, CIMultiDictProxy

from proxy.upstream.session import Session


class EntryVisit(Session):
    """A session for the requests of one load."""

    def __init__(self, to: Session) -> None:
        """Take the session that the load adds to."""
        super().__init__(to.among)
        self._to = to
        self._brought: list[tuple[str, CIMultiDictProxy[str]]] = []
        # Names of the cookies that an answer deleted.
        self._dropped: set[str] = set()

    @property
    def renewals(self) -> int:
        """How often the session's credentials were renewed or forgotten."""
        return self._to.renewals

    def learn(self, url: str, headers: CIMultiDictProxy[str]) -> None:
        """Record an answer's cookies and credentials; `url` is what was requested."""
        self._to.learn_renewed(url, headers)
        self.learn_cookies(url, headers)
        lines = headers.getall("Set-Cookie", ())
        if lines:
            self._brought.append((url, headers))
        for line in lines:
            name = line.partition("=")[0].strip()
            (self._dropped.discard if self.has(name) else self._dropped.add)(name)

    @property
    def adds(self) -> bool:
        """Whether it, or the session, may add something to a request."""
        return super().adds or self._to.adds

    def add_to(
        self, fields: CIMultiDict[str], url: str, *, but: Collection[str] = ()
    ) -> None:
        """Add cookies and credentials to a request; its own override the session's."""
        super().add_to(fields, url, but=but)
        self._to.add_to(fields, url, but=self._dropped.union(but))

    def refused(self, since: int) -> bool:
        """Forget the session's renewed credentials; see `Session.refused`."""
        return self._to.refused(since)

    def settle(self, *, replacing: bool) -> None:
        """Hand the cookies to the session.

        Unless `replacing`, cookies that the session holds already stay as they are.
        """
        brought, self._brought = self._brought, []
        for url, headers in brought:
            self._to.learn_cookies(url, headers, replacing=replacing)
