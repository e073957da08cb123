"""The rest of a shared body, for a player that is too slow for the others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from multidict import CIMultiDict

from proxy.clock import Clock
from proxy.core.http.headers import Fields
from proxy.core.http.resume import Resumable
from proxy.deadline import Deadline, until
from proxy.errors import HlsAuthProxyError
from proxy.replies import MediaBody, MediaReply
from proxy.sharing.fill_orders import Begun

AskForRest = Callable[[Fields], Awaitable[MediaReply | None]]
"""Requests the resource with these header fields, for one player."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Requests the rest of a body from a position, for one player."""

    begun: Begun
    ask: AskForRest
    clock: Clock

    async def after(self, at: int) -> MediaBody | None:
        """Return the body from a position to its end; None if that is impossible.

        A strong validator must show that it is the same representation.
        """
        shared, length = self.begun.shared, self.begun.length
        whole = Resumable.of(shared.status, CIMultiDict(shared.headers), length)
        if whole is None:
            return None
        try:
            with until(Deadline.of(self.clock.mono())):
                reply = await self.ask(whole.fields(at))
        except HlsAuthProxyError:
            return None
        if reply is None:
            return None
        headers = CIMultiDict(reply.headers)
        if whole.continued(reply.status, headers, received=at) is None:
            await reply.answer.__aexit__(None, None, None)
            return None
        return reply.answer
