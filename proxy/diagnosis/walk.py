"""The steps of a check, from the token to the key; each request is a player's."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import TypeVar

from proxy.diagnosis.contents import ContentPiece, Contents, contents_of
from proxy.diagnosis.fault import cause_of, words_of
from proxy.diagnosis.finding import Finding
from proxy.diagnosis.pieces import CheckedStream, Follow, Pieces, ask, unfollowed
from proxy.diagnosis.stream_facts import StreamFacts, cure_of
from proxy.errors import BadAnswerError, HlsAuthProxyError, said_by_upstream
from proxy.localise.catalog import ENTRY
from proxy.replies import PlaylistReply

T = TypeVar("T")

# RFC 8216bis section 4.4.4.4: AES-128 has keys of 16 bytes, AES-256 of 32.
_KEY_BYTES = (16, 32)


class _StoppedError(Exception):
    """A step failed, so the later steps are skipped."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Checks one stream step by step and reports each result."""

    stream: CheckedStream
    token: Callable[[], Awaitable[str]] | None
    """Gets the token and returns a line about it; None for an open stream."""
    _: KW_ONLY
    say: Callable[[Finding], None]
    mono: Callable[[], float]
    follow: Follow = unfollowed
    """Follows the redirects of a stream that does not relay its media."""
    facts: StreamFacts = StreamFacts("STREAM")  # noqa: RUF009 - frozen
    """The stream's settings, for advice."""

    @property
    def _pieces(self) -> Pieces:
        return Pieces(self.stream, self.follow)

    def _local(self, path: str) -> str:
        """Return a path as players use it, below the proxy."""
        return f"/{self.facts.wanted or self.facts.stream}/{path}"

    async def run(self) -> bool:
        """Run the steps until one fails; return whether all succeeded."""
        try:
            if self.token is not None:
                await self._step("token", self.token, str)
            found = await self._playlist("entry", ENTRY)
            path = ENTRY
            if found.renditions:
                path = _beside(path, found.renditions[0])
                found = await self._playlist("rendition", path)
            await self._media(path, found)
        except _StoppedError:
            return False
        return True

    async def _playlist(self, step: str, path: str) -> Contents:
        async def load() -> Contents:
            reply = await self.stream.open(path, ask())
            if not isinstance(reply, PlaylistReply):
                raise BadAnswerError("expected a playlist, got something else")
            return contents_of(reply.body)

        return await self._step(
            step,
            load,
            lambda found: f"{self._local(path)}: {found.summary}",
            notes=lambda found: found.warnings,
            sound=lambda found: found.playable,
        )

    async def _media(self, path: str, found: Contents) -> None:
        if found.init is not None:
            await self._bytes("init", path, found.init)
        if found.segment is not None:
            await self._segment(path, found.segment, found.seconds)
        if found.part is not None:
            await self._bytes("part", path, found.part)
        if found.key is not None:
            await self._key(_beside(path, found.key))

    async def _segment(self, path: str, piece: ContentPiece, seconds: float) -> None:
        begun = self.mono()

        def told(size: int) -> str:
            took = max(self.mono() - begun, 1e-3)
            speed = f", {seconds / took:.1f} times as fast as it plays"
            return self._told(path, piece, size) + (speed if seconds else "")

        await self._step("segment", lambda: self._piece(path, piece), told)

    async def _key(self, path: str) -> None:
        async def load() -> int:
            size = await self._pieces.size(path)
            if size not in _KEY_BYTES:
                raise BadAnswerError(f"the key has {size} bytes; expected 16 or 32")
            return size

        await self._step("key", load, lambda size: f"{self._local(path)}: {size} bytes")

    async def _bytes(self, step: str, path: str, piece: ContentPiece) -> None:
        await self._step(
            step,
            lambda: self._piece(path, piece),
            lambda size: self._told(path, piece, size),
        )

    async def _piece(self, path: str, piece: ContentPiece) -> int:
        """Fetch what a playlist at the path refers to; return its number of bytes."""
        size = await self._pieces.size(_beside(path, piece.uri), piece.span)
        if not size:
            raise BadAnswerError("expected media, got nothing")
        return size

    def _told(self, path: str, piece: ContentPiece, size: int) -> str:
        ranged = f" from {piece.span.start} on" if piece.span else ""
        return f"{self._local(_beside(path, piece.uri))}: {size} bytes{ranged}"

    async def _step(
        self,
        step: str,
        work: Callable[[], Awaitable[T]],
        words: Callable[[T], str],
        notes: Callable[[T], tuple[str, ...]] = lambda _: (),
        sound: Callable[[T], bool] = lambda _: True,
    ) -> T:
        begun = self.mono()
        try:
            made = await work()
        except HlsAuthProxyError as error:
            self.say(failure_of(step, error, self.mono() - begun, self.facts))
            raise _StoppedError from error
        took = self.mono() - begun
        failed = not sound(made)
        self.say(
            Finding(step, words(made), seconds=took, failed=failed, notes=notes(made))
        )
        if failed:
            raise _StoppedError
        return made


def failure_of(
    step: str, error: HlsAuthProxyError, took: float, facts: StreamFacts
) -> Finding:
    """Return what is reported of a step that failed: whose fault it is, what to do."""
    cause, said = cause_of(error, facts), said_by_upstream(error)
    told = [f"says:  {said}"] if said else []
    told.append(f"fault: {cause.whose}")
    told += _after("do:    ", cure_of(error, facts) or (cause.advice,))
    return Finding(step, words_of(error), seconds=took, failed=True, notes=tuple(told))


def _after(word: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines after a word; the later lines are indented to match."""
    for number, line in enumerate(lines):
        yield (" " * len(word) if number else word) + line


def _beside(path: str, reference: str) -> str:
    """Return the local path that a reference in a playlist points to."""
    folder = path.rpartition("/")[0]
    if reference.startswith("../"):
        return reference.removeprefix("../")
    return f"{folder}/{reference}" if folder else reference
