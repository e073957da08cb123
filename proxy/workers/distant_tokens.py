"""Tokens in a worker process. The parent gets them for all workers."""

import contextlib
from dataclasses import replace
from functools import partial
from itertools import count

from proxy.app.elsewhere import Issued, Report
from proxy.app.lifetime import Lifetime
from proxy.core.tokens.token import Token
from proxy.events.refresh import Outcome, Refresh
from proxy.tokens.source import Measured
from proxy.workers.channel import Channel, ChannelClosedError, answering
from proxy.workers.message_bodies import MessageBody, error_of, token_of

_ATTEMPTS = frozenset({Outcome.REFRESHED, Outcome.UNCHANGED, Outcome.FAILED})


class DistantTokens:
    """What a worker builds its keepers with; implements `Elsewhere`.

    Mutable state: `epoch` is the number of the configuration that streams are built
    from.
    """

    def __init__(self, channel: Channel) -> None:
        self.epoch = 0
        self._channel = channel
        self._numbers = count(1)
        self._sources: dict[int, DistantSource] = {}
        self._ended = set[str]()

    def issued(self, local: str, service: str, user: Lifetime) -> Issued:
        """Return the tokens of a stream. They are usable until `user` is closed."""
        number = next(self._numbers)
        source = DistantSource(number, self._channel)
        self._sources[number] = source
        self._channel.tell("open", number=number, epoch=self.epoch, local=local)
        user.closes(partial(self._close, number))
        return Issued(source, _Queue(source, service, self._ended), source.heard)

    def news(self, body: MessageBody) -> None:
        """Pass news from the parent to the source that it is about."""
        source = self._sources.get(body["number"])
        if source is not None:
            source.news(body)

    async def _close(self, number: int) -> None:
        self._sources.pop(number, None)
        self._channel.tell("close", number=number)


class DistantSource:
    """A source of the parent, used from a worker.

    Mutable state: `_known` is the number of the last attempt whose result is known
    here. `_news` changes when it makes sense to ask at once.
    """

    def __init__(self, number: int, channel: Channel) -> None:
        self.measured: Measured = lambda _: None
        self._number = number
        self._channel = channel
        self._known = 0
        self._asking = 0
        self._news = 0
        self._paid: frozenset[str] = frozenset()
        self._made = True

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that the source sent recently and that no player may see."""
        return self._paid

    async def fetch(self) -> Token:
        """Return a token that this worker does not know; raise SourceError if none."""
        self._asking += 1
        self._made = True
        ask = self._channel.ask("token", number=self._number, known=self._known)
        try:
            body = await answering(ask)
        finally:
            self._asking -= 1
        self._known = max(self._known, body["attempt"])
        self._made = body["made"]
        self._paid = frozenset(body["paid"])
        if body["error"] is not None:
            raise error_of(body["error"])
        if body["skew"] is not None:
            self.measured(body["skew"])
        return token_of(body["token"])

    async def in_line(self) -> None:
        """Wait for a turn at the service."""
        with contextlib.suppress(ChannelClosedError):
            await self._channel.ask("line", number=self._number, known=self._known)

    def give_back(self) -> None:
        """Give back a turn that was not used."""
        self._channel.tell("back", number=self._number)

    def fingerprint(self) -> bytes:
        """Return a value that changes when there is, or may be, another token."""
        return str(self._news).encode()

    def news(self, body: MessageBody) -> None:
        """Handle news: other workers got a newer token, or files have changed.

        While a question is being answered, a newer token is no news: the answer will
        contain it.
        """
        self._paid = frozenset(body["paid"])
        newer = 0 < self._known < body["attempt"] and not self._asking
        self._news += bool(newer or body["changed"])

    def heard(self, report: Report) -> Report:
        """Return a wrapper of `report` that marks attempts caused by other workers."""

        def marked(refresh: Refresh) -> None:
            elsewhere = not self._made and refresh.outcome in _ATTEMPTS
            report(replace(refresh, elsewhere=True) if elsewhere else refresh)

        return marked


class _Queue:
    """A worker's view of the queue at a token service. The parent has the queue."""

    def __init__(self, source: DistantSource, service: str, ended: set[str]) -> None:
        self._source = source
        self._service = service
        self._ended = ended
        """The services that have answered this worker."""

    @property
    def ended(self) -> bool:
        """Whether the service has answered this worker."""
        return self._service in self._ended

    @ended.setter
    def ended(self, value: bool) -> None:
        if value:
            self._ended.add(self._service)

    async def first(self) -> None:
        """Return at once: the parent takes the turn when it asks the service."""

    async def in_line(self) -> None:
        """Wait for a turn at the service."""
        await self._source.in_line()

    def end(self) -> None:
        """Give back a turn that was not used."""
        self._source.give_back()
