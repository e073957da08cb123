"""What a stream's upstream gives us to show again: cookies, and credentials it renews.

Both belong to one stream, or one member of a family, and never reach a player.
"""

from collections import deque
from collections.abc import Collection
from http.cookies import Morsel

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from proxy.core.http import uri
from proxy.core.http.headers import is_clean
from proxy.core.tokens.secrets.credentials import credentials_of

MOST_COOKIES = 50
"""RFC 6265 section 6.1: what every browser keeps at least, for a host. Those that were
set longest ago go first."""

MOST_BYTES = 8192
"""Of one cookie with its attributes, or of one renewed credential. Twice what browsers
keep: signed policies are long."""


MOST_GONE = 8
"""How many values are remembered that were replaced: an answer may echo what was sent,
although it brings another, and a cache may repeat it later."""


class Session:
    """The state that one stream's upstream keeps with us.

    Cookies are kept and sent by RFC 6265: by domain, path, expiry and Secure. The
    headers named in `renewed` are kept from, and sent to, `origins` alone.
    """

    def __init__(
        self,
        *,
        cookies: bool = True,
        renewed: Collection[str] = (),
        origins: Collection[str] = (),
    ) -> None:
        self.changes = 0
        """How often what is kept became something else."""
        self.renewals = 0
        """How often the renewed credentials did, or were forgotten."""
        self._with_cookies = cookies
        self._names = tuple(renewed)
        self._origins = frozenset(origins)
        self._renewed: dict[str, str] = {}
        self._jar: aiohttp.CookieJar | None = None
        # By name, domain and path; the one that was set last is at the end.
        self._cookies: dict[tuple[str, str, str], str] = {}
        self._gone: deque[frozenset[str]] = deque(maxlen=MOST_GONE)
        self._credentials: frozenset[str] | None = None

    @property
    def holds(self) -> bool:
        """Whether the upstream has given anything."""
        return bool(self._renewed) or bool(self._jar)

    @property
    def secrets(self) -> frozenset[str]:
        """The renewed credentials, which go no further than the token itself."""
        return frozenset(self._renewed.values())

    @property
    def credentials(self) -> frozenset[str]:
        """All that was given: these, the values of cookies, and what went lately.

        Of a renewed field, what of it is secret too: without the name of its scheme.
        """
        if self._credentials is None:
            given = credentials_of(tuple(self._renewed.items()))
            self._credentials = given.union(self._cookies.values(), *self._gone)
        return self._credentials

    def learn(self, url: str, headers: CIMultiDictProxy[str]) -> None:
        """Take in what an answer brings; `url` is what was asked."""
        if self._with_cookies and "Set-Cookie" in headers:
            self._keep(url, headers.getall("Set-Cookie"))
        for name in self._names if uri.origin(url) in self._origins else ():
            value = headers.get(name, "")
            fit = value and len(value) <= MOST_BYTES and is_clean(value)
            if fit and self._renewed.get(name) != value:
                self._forget(name)
                self._renewed[name] = value
                self.changes += 1
                self.renewals += 1

    def add_to(self, fields: CIMultiDict[str], url: str) -> None:
        """Add what goes with a request for the URL; a cookie that is there wins.

        A renewed credential takes the place of the one it renews.
        """
        if self._renewed and uri.origin(url) in self._origins:
            for name, value in self._renewed.items():
                fields[name] = value
        if self._jar:
            there = fields.get("Cookie", "")
            names = {pair.partition("=")[0].strip() for pair in there.split(";")}
            kept = self._jar.filter_cookies(_location(url))
            pairs = [f"{n}={c.coded_value}" for n, c in kept.items() if n not in names]
            if pairs:
                fields["Cookie"] = "; ".join([there, *pairs] if there else pairs)

    def refused(self, since: int) -> bool:
        """Forget the renewed credentials: the token that comes now goes before them.

        `since` is how many `renewals` there were when the refused request was sent: it
        says nothing of later ones. Tell whether another try would carry others.
        """
        if self.renewals != since:
            return True
        held = bool(self._renewed)
        for name in tuple(self._renewed):
            self._forget(name)
        self.renewals += held
        return held

    def _keep(self, url: str, lines: Collection[str]) -> None:
        if self._jar is None:
            # Hosts without a name (cameras, media servers at home) have cookies too.
            self._jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        before = self._cookies
        for line in lines:
            if len(line) <= MOST_BYTES:
                self._jar.update_cookies_from_headers([line], _location(url))
        there = {_key(each): each.value for each in self._jar}
        # Those that did not change come first: the others were set just now.
        kept = {k: v for k, v in before.items() if there.get(k) == v} | there
        oldest = list(kept)[: max(0, len(kept) - MOST_COOKIES)]
        if oldest:
            self._jar.clear(lambda each: _key(each) in oldest)
        self._cookies = {k: v for k, v in kept.items() if k not in oldest}
        gone = (v for k, v in before.items() if self._cookies.get(k) != v)
        self._gone += [frozenset({value}) for value in gone]
        self._credentials = None
        self.changes += self._cookies != before

    def _forget(self, name: str) -> None:
        """Remember a renewed credential for what it was, if there is one."""
        if name in self._renewed:
            self._gone.append(credentials_of(((name, self._renewed.pop(name)),)))
        self._credentials = None


def _key(cookie: Morsel[str]) -> tuple[str, str, str]:
    return cookie.key, cookie["domain"], cookie["path"]


def _location(url: str) -> URL:
    """Return scheme, host and path: what cookies are matched by."""
    parts = uri.split(url)
    authority = (parts.authority or "").rpartition("@")[2].lower()
    return URL.build(
        scheme=parts.scheme.lower(),
        authority=authority,
        path=parts.path or "/",
        encoded=True,
    )
