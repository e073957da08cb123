"""An upstream without sockets: hosts of any name, with the test's answers."""

from collections.abc import AsyncIterator, Callable
from dataclasses import KW_ONLY, dataclass, field
from types import TracebackType
from typing import Self

from multidict import CIMultiDict, CIMultiDictProxy

from proxy.core.http import uri
from proxy.core.http.framing import Framing
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question


@dataclass(frozen=True, slots=True)
class Moved:
    """A redirect."""

    to: str


Site = Callable[[str], bytes | Moved | None]
"""Returns the body at a URL, token included; None is refused with 403."""


@dataclass(slots=True)
class Network:
    """Does what streams need of the client, and records the requests."""

    site: Site
    asked: list[str] = field(default_factory=list)
    """The URLs as they were sent, in order."""
    cookie: str = ""
    """The cookies of the current request."""
    sets: list[str] = field(default_factory=list)
    """The cookies that the site's answer sets: a site may add some."""

    async def ask(self, question: Question) -> Answer:
        """Answer as the site does, and follow its redirects."""
        url, redirected = question.url, False
        while True:
            sent = question.stamp(url)
            self.asked.append(sent.url)
            found = self._answered(question, sent.url)
            if not isinstance(found, Moved):
                break
            url, redirected = question.clean(found.to), True
        query = uri.split(sent.url).query
        return _Page(
            found, url, sent_query=query, carried=sent.carried, redirected=redirected
        )

    def _answered(self, question: Question, url: str) -> bytes | Moved | None:
        session, fields = question.session, CIMultiDict[str]()
        if session is not None:
            session.add_to(fields, url)
        self.cookie, self.sets = fields.get("Cookie", ""), []
        found = self.site(url)
        if session is not None:
            lines = CIMultiDict(("Set-Cookie", line) for line in self.sets)
            session.learn(url, CIMultiDictProxy(lines))
        return found


@dataclass(slots=True)
class _Page:
    """Replaces an Answer."""

    body: bytes | None
    url: str
    _: KW_ONLY
    sent_query: str | None
    carried: bool
    redirected: bool
    framing: Framing = Framing.CHUNKED
    content_length: int | None = None
    secrets: frozenset[str] = frozenset()
    private: Recogniser = field(default_factory=Recogniser)
    moved: bool = False
    ended: bool = True
    redirect_seconds: float = 0.0
    skew: float | None = None

    @property
    def sent(self) -> frozenset[str]:
        return self.secrets

    @property
    def echoes(self) -> frozenset[str]:
        return self.secrets

    @property
    def origin(self) -> str:
        return uri.origin(self.url)

    @property
    def status(self) -> int:
        return 403 if self.body is None else 200

    @property
    def headers(self) -> CIMultiDict[str]:
        """A body with lines, or a playlist's name, gets a playlist's type."""
        text = b"\n" in (self.body or b"") or ".m3u8" in self.url
        said = "application/vnd.apple.mpegurl" if text else "video/mp2t"
        return CIMultiDict({"Content-Type": said})

    async def read(self, limit: int, setting: str = "") -> bytes:
        del setting
        return (self.body or b"")[:limit]

    def shows(self, size: int) -> bool:
        del size
        return True

    def shown(self, size: int) -> bytes:
        return (self.body or b"")[:size]

    @property
    def is_here(self) -> bool:
        return True

    def rest(self) -> bytes | None:
        return self.body or b""

    async def peek(self, size: int) -> bytes:
        return (self.body or b"")[:size]

    async def beginning(self, size: int) -> bytes:
        return (self.body or b"")[:size]

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.body or b""

    def pause(self) -> None:
        pass

    def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass
