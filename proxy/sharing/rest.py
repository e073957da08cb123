"""The rest of a body for a player that was too slow for what others share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from multidict import CIMultiDict

from proxy.clock import Clock
from proxy.core.http.headers import Fields
from proxy.core.http.resume import Resumable
from proxy.deadline import Deadline, until
from proxy.errors import HlsAuthProxyError
from proxy.replies import MediaBody, MediaReply
from proxy.sharing.orders import Begun

Ask = Callable[[Fields], Awaitable[MediaReply | None]]
"""Asks upstream for the resource with these fields, for one player."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Asks for what follows a position of a body, for one player."""

    begun: Begun
    ask: Ask
    clock: Clock

    async def after(self, at: int) -> MediaBody | None:
        """Return the body from a position to its end; None if it cannot be had.

        It must be of the same representation, by a strong validator.
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
