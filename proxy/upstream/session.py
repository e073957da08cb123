"""What an upstream gives us to show again: cookies, and credentials it renews.

They belong to one selection of one stream, or of one member of a family, and never
reach a player. Nothing of one selection goes with the requests of another, but the
stream knows them all: an upstream may repeat in one place what it was shown in another.
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

MOST_COOKIES = 50
"""RFC 6265 section 6.1: what every browser keeps at least, for a host. Those that were
set longest ago go first."""

MOST_BYTES = 8192
"""Of one cookie with its attributes, or of one renewed credential. Twice what browsers
keep: signed policies are long."""

MOST_GONE = 16
"""How many values of a stream are remembered that were replaced: an answer may echo
what was sent, although it brings another, and a cache may repeat it later."""


class Sessions:
    """All sessions of one stream, and what they have in common.

    The headers named in `renewed` are kept from, and sent to, `origins` alone.
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
        """Return a new session; it is known for as long as somebody uses it."""
        return Session(self)

    @property
    def secrets(self) -> frozenset[str]:
        """The renewed credentials, which go no further than the token itself."""
        return frozenset[str]().union(*(each.renewed for each in self._alive))

    @property
    def credentials(self) -> frozenset[str]:
        """All that was given: these, the values of cookies, and what went lately."""
        if self._known is None:
            given = (each.given for each in self._alive)
            self._known = frozenset(self._gone).union(*given)
        return self._known

    def join(self, session: "Session") -> None:
        """Know a session from now on."""
        self._alive.add(session)

    def changed(self, gone: Iterable[str] = ()) -> None:
        """Take in that what one holds became something else; `gone` is what went."""
        self._gone.extend(gone)
        self._known = None


class Session:
    """The state that a stream's upstream keeps with us, for one selection.

    Cookies are kept and sent by RFC 6265: by domain, path, expiry and Secure.
    """

    def __init__(self, among: Sessions) -> None:
        self.among = among
        self.changes = 0
        """How often what is kept became something else."""
        self._renewals = 0
        self._renewed: dict[str, str] = {}
        self._jar: aiohttp.CookieJar | None = None
        # By name, domain and path; the one that was set last is at the end.
        self._cookies: dict[tuple[str, str, str], str] = {}
        among.join(self)

    @property
    def renewals(self) -> int:
        """How often its credentials were renewed, or forgotten."""
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
        """These, and the values of cookies."""
        return frozenset(self._cookies.values()).union(self.renewed)

    def has(self, name: str) -> bool:
        """Tell whether it has a cookie of the name."""
        return any(key[0] == name for key in self._cookies)

    def learn(self, url: str, headers: CIMultiDictProxy[str]) -> None:
        """Take in what an answer brings; `url` is what was asked."""
        self.learn_cookies(url, headers)
        self.learn_renewed(url, headers)

    def learn_cookies(
        self, url: str, headers: CIMultiDictProxy[str], *, replacing: bool = True
    ) -> None:
        """Take in cookies; unless `replacing`, those that are held stay as they are."""
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
        """Take in credentials that an answer renews: each takes its place at once."""
        for name in self.among.renewed if uri.origin(url) in self.among.origins else ():
            value, held = headers.get(name, ""), self._renewed.get(name)
            fit = value and len(value) <= MOST_BYTES and is_clean(value)
            if fit and held != value:
                self._renewed[name] = value
                self.changes += 1
                self._renewals += 1
                self.among.changed(filter(None, [held]))

    def add_to(
        self, fields: CIMultiDict[str], url: str, *, but: Collection[str] = ()
    ) -> None:
        """Add what goes with a request for the URL; a cookie that is there wins.

        A renewed credential takes the place of the one it renews. Cookies of the names
        in `but` do not go.
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
        """Forget the renewed credentials: the token that comes now goes before them.

        `since` is how many `renewals` there were when the refused request was sent: it
        says nothing of later ones. Tell whether another try would carry others.
        """
        if self._renewals != since:
            return True
        if not self._renewed:
            return False
        self.among.changed(self._renewed.values())
        self._renewed.clear()
        self._renewals += 1
        return True

    def _look_at(self, jar: aiohttp.CookieJar) -> None:
        """Keep account of the cookies in the jar, and not too many there."""
        before, there = self._cookies, {_key(each): each.value for each in jar}
        # Those that did not change come first: the others were set just now.
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
        """Tell whether a cookie would replace another; what it brings is remembered."""
        alone, held = _jar(), {_key(each): each.value for each in self._jar or ()}
        alone.update_cookies_from_headers([line], place)
        brought = {_key(each): each.value for each in alone}
        other = [v for k, v in brought.items() if held.get(k, v) != v]
        if other:
            self.among.changed(other)
        # One that was set to expire at once leaves nothing there.
        return bool(other) or not brought


def _jar() -> aiohttp.CookieJar:
    # Hosts without a name (cameras, media servers at home) have cookies too.
    return aiohttp.CookieJar(unsafe=True, quote_cookie=False)


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
