"""One load of an entry: its cookies are kept apart until it is known whose they are.

It is asked with all that the session holds, as a browser would. The cookies that it
brings go with its own further requests, past redirects that look whether they came
back, and with nobody else's before it is settled. Credentials that it renews are those
that it was asked with: the session has them at once.
"""

from collections.abc import Collection

from multidict import CIMultiDict, CIMultiDictProxy

from proxy.upstream.session import Session


class EntryVisit(Session):
    """A session for the requests of one load."""

    def __init__(self, to: Session) -> None:
        """Take the session that it goes on with."""
        super().__init__(to.among)
        self._to = to
        self._brought: list[tuple[str, CIMultiDictProxy[str]]] = []
        # Names of cookies that it was told to drop.
        self._dropped: set[str] = set()

    @property
    def renewals(self) -> int:
        """How often the session's credentials were renewed, or forgotten."""
        return self._to.renewals

    def learn(self, url: str, headers: CIMultiDictProxy[str]) -> None:
        """Take in what an answer brings; `url` is what was asked."""
        self._to.learn_renewed(url, headers)
        self.learn_cookies(url, headers)
        lines = headers.getall("Set-Cookie", ())
        if lines:
            self._brought.append((url, headers))
        for line in lines:
            name = line.partition("=")[0].strip()
            (self._dropped.discard if self.has(name) else self._dropped.add)(name)

    def add_to(
        self, fields: CIMultiDict[str], url: str, *, but: Collection[str] = ()
    ) -> None:
        """Add what goes with a request for the URL: its own before the session's."""
        super().add_to(fields, url, but=but)
        self._to.add_to(fields, url, but=self._dropped.union(but))

    def refused(self, since: int) -> bool:
        """Forget the session's renewed credentials; see `Session.refused`."""
        return self._to.refused(since)

    def settle(self, *, replacing: bool) -> None:
        """Give the session the cookies; unless `replacing`, none for one it holds."""
        brought, self._brought = self._brought, []
        for url, headers in brought:
            self._to.learn_cookies(url, headers, replacing=replacing)
