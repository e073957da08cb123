"""What an upstream wants us to send again: cookies, and credentials it renews.

They belong to one selection of one stream, or of one member of a family, and never
reach a player. Requests for one selection never carry those of another. But the stream
knows them all, because an upstream may repeat anywhere what it was sent elsewhere.
"""

from collections import deque
from collections.abc import Collection, Iterable
from http.cookies import Morsel
from weakref import WeakSet

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from proxy.core.http import uri
from proxy.core.http.headers import is_clean
from proxy.core.tokens.secrets.credentials import credentials_of

MOST_COOKIES = 50
"""RFC 6265 section 6.1: the least that every browser keeps for a host. The cookies set
longest ago are dropped first."""

MOST_BYTES = 8192
"""For one cookie with its attributes, or for one renewed credential. Twice what
browsers keep: signed policies are long."""

MOST_GONE = 16
"""How many replaced values of a stream are remembered. An answer that brings a new
value may still echo the old one, and a cache may repeat it later."""


class Sessions:
    """All sessions of one stream, and their common settings.

    The headers named in `renewed` are recorded from, and sent to, `origins` only.
    """

    def __init__(
        self,
        *,
        cookies: bool = True,
        renewed: Collection[str] = (),
        origins: Collection[str] = (),
    ) -> None:
        self.cookies = cookies
        self.renewed = tuple(renewed)
        self.origins = frozenset(origins)
        self._alive = WeakSet[Session]()
        self._gone: deque[str] = deque(maxlen=MOST_GONE)
        self._known: frozenset[str] | None = None

    def opened(self) -> "Session":
        """Return a new session; it stays registered for as long as somebody uses it."""
        return Session(self)

    @property
    def secrets(self) -> frozenset[str]:
        """The renewed credentials. They may only be sent where the token may."""
        return frozenset[str]().union(*(each.renewed for each in self._alive))

    @property
    def credentials(self) -> frozenset[str]:
        """All secrets received: credentials, cookies, and recently replaced ones."""
        if self._known is None:
            given = (each.given for each in self._alive)
            self._known = frozenset(self._gone).union(*given)
        return self._known

    def join(self, session: "Session") -> None:
        """Register a session."""
        self._alive.add(session)

    def changed(self, gone: Iterable[str] = ()) -> None:
        """Record that a session changed; `gone` are the values it no longer holds."""
        self._gone.extend(gone)
        self._known = None


class Session:
    """The cookies and credentials that an upstream has set, for one selection.

    Cookies are kept and sent as RFC 6265 says: by domain, path, expiry and Secure.
    """

    def __init__(self, among: Sessions) -> None:
        self.among = among
        self.changes = 0
        """How often the cookies or credentials have changed."""
        self._renewals = 0
        self._renewed: dict[str, str] = {}
        self._jar: aiohttp.CookieJar | None = None
        # By name, domain and path; the most recently set cookie is last.
        self._cookies: dict[tuple[str, str, str], str] = {}
        among.join(self)

    @property
    def renewals(self) -> int:
        """How often its credentials were renewed or forgotten."""
        return self._renewals

    @property
    def size(self) -> int:
        """How many cookies and renewed credentials it holds."""
        return len(self._cookies) + len(self._renewed)

    @property
    def renewed(self) -> Collection[str]:
        """The renewed credentials."""
        return self._renewed.values()

    @property
    def given(self) -> frozenset[str]:
        """The renewed credentials and the values of cookies.

        Each renewed field is also included without the name of its scheme.
        """
        renewed = credentials_of(tuple(self._renewed.items()))
        return renewed.union(self._cookies.values())

    def has(self, name: str) -> bool:
        """Return whether it has a cookie of this name."""
        return any(key[0] == name for key in self._cookies)

    def learn(self, url: str, headers: CIMultiDictProxy[str]) -> None:
        """Record an answer's cookies and credentials; `url` is what was requested."""
        self.learn_cookies(url, headers)
        self.learn_renewed(url, headers)

    def learn_cookies(
        self, url: str, headers: CIMultiDictProxy[str], *, replacing: bool = True
    ) -> None:
        """Record an answer's cookies; unless `replacing`, keep those that exist."""
        if not self.among.cookies or "Set-Cookie" not in headers:
            return
        self._jar = self._jar if self._jar is not None else _jar()
        place = _location(url)
        for line in headers.getall("Set-Cookie"):
            if len(line) > MOST_BYTES:
                continue
            if replacing or not self._in_place_of(line, place):
                self._jar.update_cookies_from_headers([line], place)
        self._look_at(self._jar)

    def learn_renewed(self, url: str, headers: CIMultiDictProxy[str]) -> None:
        """Record the credentials that an answer renews; they apply at once."""
        for name in self.among.renewed if uri.origin(url) in self.among.origins else ():
            value, held = headers.get(name, ""), self._renewed.get(name)
            fit = value and len(value) <= MOST_BYTES and is_clean(value)
            if fit and held != value:
                self._renewed[name] = value
                self.changes += 1
                self._renewals += 1
                self.among.changed(credentials_of(((name, held),)) if held else ())

    @property
    def adds(self) -> bool:
        """Whether it may add something to a request."""
        return bool(self._renewed or self._jar)

    def add_to(
        self, fields: CIMultiDict[str], url: str, *, but: Collection[str] = ()
    ) -> None:
        """Add cookies and credentials to a request for the URL.

        A cookie already in `fields` wins. A renewed credential replaces the original
        one. Cookies whose names are in `but` are left out.
        """
        if self._renewed and uri.origin(url) in self.among.origins:
            for name, value in self._renewed.items():
                fields[name] = value
        if self._jar:
            there = fields.get("Cookie", "")
            names = {pair.partition("=")[0].strip() for pair in there.split(";")}
            names.update(but)
            kept = self._jar.filter_cookies(_location(url))
            pairs = [f"{n}={c.coded_value}" for n, c in kept.items() if n not in names]
            if pairs:
                fields["Cookie"] = "; ".join([there, *pairs] if there else pairs)

    def refused(self, since: int) -> bool:
        """Forget the renewed credentials, so that the next token is sent instead.

        `since` is the value of `renewals` when the refused request was sent; the
        refusal does not concern later ones. Return whether a retry would carry other
        credentials.
        """
        if self._renewals != since:
            return True
        if not self._renewed:
            return False
        self.among.changed(credentials_of(tuple(self._renewed.items())))
        self._renewed.clear()
        self._renewals += 1
        return True

    def _look_at(self, jar: aiohttp.CookieJar) -> None:
        """Update our record of the jar's cookies, and drop the oldest if too many."""
        before, there = self._cookies, {_key(each): each.value for each in jar}
        # Unchanged cookies come first: the others were set just now.
        kept = {k: v for k, v in before.items() if there.get(k) == v} | there
        oldest = list(kept)[: max(0, len(kept) - MOST_COOKIES)]
        if oldest:
            jar.clear(lambda each: _key(each) in oldest)
        self._cookies = {k: v for k, v in kept.items() if k not in oldest}
        if self._cookies != before:
            self.changes += 1
            held = self._cookies.get
            self.among.changed(v for k, v in before.items() if held(k) != v)

    def _in_place_of(self, line: str, place: URL) -> bool:
        """Return whether a cookie would replace another; remember its value."""
        alone, held = _jar(), {_key(each): each.value for each in self._jar or ()}
        alone.update_cookies_from_headers([line], place)
        brought = {_key(each): each.value for each in alone}
        other = [v for k, v in brought.items() if held.get(k, v) != v]
        if other:
            self.among.changed(other)
        # A cookie that expires at once, which deletes another, leaves nothing.
        return bool(other) or not brought


def _jar() -> aiohttp.CookieJar:
    # Hosts without a name (cameras, media servers at home) set cookies too.
    return aiohttp.CookieJar(unsafe=True, quote_cookie=False)


def _key(cookie: Morsel[str]) -> tuple[str, str, str]:
    return cookie.key, cookie["domain"], cookie["path"]


def _location(url: str) -> URL:
    """Return scheme, host and path, which decide which cookies match."""
    parts = uri.split(url)
    authority = (parts.authority or "").rpartition("@")[2].lower()
    return URL.build(
        scheme=parts.scheme.lower(),
        authority=authority,
        path=parts.path or "/",
        encoded=True,
    )
