"""The interface of an upstream's answer."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Protocol, Self

from multidict import MultiMapping

from proxy.core.http.framing import Framing
from proxy.core.tokens.secrets.recogniser import Recogniser


class Answer(Protocol):
    """An answer of the upstream, and where it came from. Use it as a context manager.

    When the body has been read to its end, the connection returns to its pool. Leaving
    the block earlier closes the connection, and so does cancelling.
    """

    private: Recogniser
    """Recognises what no player may see; by default the secrets that were sent."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> MultiMapping[str]:
        """The header fields as received, duplicates included; ignores case."""
        ...

    @property
    def framing(self) -> Framing:
        """How the body ends."""
        ...

    @property
    def content_length(self) -> int | None:
        """The declared length. Without a body, it is the length for a GET."""
        ...

    @property
    def url(self) -> str:
        """The URL that answered, without a token. References are relative to it.

        If the token is itself a URL, this is the token. Do not show it then.
        """
        ...

    @property
    def sent_query(self) -> str | None:
        """The query as it was sent, including the token."""
        ...

    @property
    def origin(self) -> str:
        """The origin that answered."""
        ...

    @property
    def skew(self) -> float | None:
        """How many seconds the upstream's clock is ahead of ours; None if unknown."""
        ...

    @property
    def carried(self) -> bool:
        """Whether the answered request carried the token, or something in its place."""
        ...

    @property
    def secrets(self) -> frozenset[str]:
        """The values of the token that were sent on the way here."""
        ...

    @property
    def sent(self) -> frozenset[str]:
        """All secrets that were sent: the token and other credentials."""
        ...

    @property
    def echoes(self) -> frozenset[str]:
        """Parts of the request that the answer may repeat and that must not be logged.

        Includes too much rather than too little.
        """
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more will be read: the body has ended or was given up."""
        ...

    @property
    def moved(self) -> bool:
        """Whether the token is itself a URL, which was requested."""
        ...

    @property
    def redirected(self) -> bool:
        """Whether redirects led to a URL other than the requested one."""
        ...

    @property
    def redirect_seconds(self) -> float:
        """For how many seconds the redirects that led here may be cached."""
        ...

    @property
    def is_here(self) -> bool:
        """Whether the whole body has arrived, so that reading it does not wait."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def close(self) -> None:
        """Discard what has not been read, and report the exchange."""
        ...

    def pause(self) -> None:
        """Receive nothing more until the body is read on."""
        ...

    def shows(self, size: int) -> bool:
        """Return whether the first `size` bytes, or the whole body, have arrived.

        Does not wait. Always False for a body with a content coding.
        """
        ...

    def shown(self, size: int) -> bytes:
        """Return the first `size` bytes if they have arrived, else nothing."""
        ...

    def rest(self) -> bytes | None:
        """Return the rest of the body as sent, if all of it has arrived; else None.

        Also returns None if the body is not known to be complete. If this returns the
        rest, the body has ended.
        """
        ...

    async def peek(self, size: int) -> bytes:
        """Return at most `size` first bytes as sent, without consuming them."""
        ...

    async def beginning(self, size: int) -> bytes:
        """Return at most `size` first bytes, decoded, without consuming them.

        Returns no bytes if the coding cannot be decoded.
        """
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it was sent, piece by piece as it arrives.

        Raises TruncatedError if the body ends early. The bytes that were yielded before
        must then not be treated as complete.
        """
        ...

    async def read(self, limit: int, setting: str = "") -> bytes:
        """Return the whole body, decoded, of at most `limit` bytes.

        Raises LimitError if it is larger; the error names the `setting` that sets the
        limit.
        """
        ...
