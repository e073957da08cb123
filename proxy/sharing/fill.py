"""Fetches one resource for all players that request it, and keeps it when complete.

A fill runs in its own task, so a player that leaves ends only its own wait. If the
answer turns out not to be shareable, one of the waiting players gets it.
"""

import asyncio
from collections.abc import Callable

from proxy.clock import Clock
from proxy.errors import HlsAuthProxyError, TruncatedError, UnreachableError
from proxy.replies import MediaBody, MediaReply
from proxy.sharing.confirming import confirmed
from proxy.sharing.fill_orders import Begun, FillHead, Handed, Open, Order, StillValid
from proxy.sharing.growing_body import Growing
from proxy.sharing.keeping import Shareable, Unshared, shareable
from proxy.sharing.nearly import Nearly
from proxy.sharing.opening import opened
from proxy.sharing.precedence import let_pass
from proxy.sharing.progress import Progress
from proxy.sharing.turns import Turns
from proxy.store.port import Head as StoreHead
from proxy.store.port import Kept, Store
from proxy.tasks import seen

_NOT_MODIFIED = 304
_HANDED = "handed"
# A broken connection gives no error. Only the silence shows it.
_SILENT_HEAD_SECONDS, _SILENT_BODY_SECONDS = 3.0, 1.0
SMALL_BYTES, LARGE_BYTES = 1024 * 1024, 8 * 1024 * 1024


class Fill:
    """One resource while it is being fetched."""

    def __init__(
        self,
        order: Order,
        ask: Open,
        *,
        store: Store,
        turns: Turns,
        trusted: bool,
        clock: Clock,
        unshare: Callable[[Unshared | None], None],
    ) -> None:
        """Prepare a fill; `run` is its task.

        `unshare` is called once, when players may no longer join. Its argument is the
        reason if the resource is not shared, else None.
        """
        self.order = order
        self.users = 0
        """How many users wait for it or read from it."""
        self.outcome = ""
        """How it ended: kept, shared, handed or failed; empty until then."""
        self.news_at = clock.mono()
        """When the task that watches it last saw bytes come; at first, the start."""
        self.nearly = Nearly(clock)
        """Whether it is nearly complete. The owner of its task sets it at the end."""
        self.after: Nearly | None = None
        """A segment that it lets pass; set before its task runs."""
        self._ask, self._unshare = ask, unshare
        self._store, self._clock = store, clock
        self._turns, self._trusted = turns, trusted
        self._closed = self._over = False
        self._head = asyncio.Future[FillHead]()
        self._head.add_done_callback(seen)
        self._growing: Growing | None = None
        self._length: int | None = None
        self._keeps = False
        self._coming: StoreHead | None = None
        self._progress = Progress(clock)
        self._spare: MediaReply | None = None
        self._settled = asyncio.Event()

    async def head(self) -> FillHead:
        """Wait for the head of the answer; raise the error if none came."""
        try:
            return await asyncio.shield(self._head)
        except HlsAuthProxyError as error:
            raise error.without_trace() from None

    def take(self) -> MediaReply | None:
        """Return the answer that is not shared; None if another player has taken it."""
        spare, self._spare = self._spare, None
        self._settled.set()
        return spare

    def leave(self) -> None:
        """Remove one user. After the last one, free what is no longer needed."""
        self.users -= 1
        if not self.users:
            self._settled.set()
            self._let_go()

    @property
    def is_handed(self) -> bool:
        """Whether the answer goes to one player only."""
        return self.outcome == _HANDED

    @property
    def has_head(self) -> bool:
        """Whether the head of the answer has come."""
        return self._head.done()

    @property
    def seconds_to_silence(self) -> float:
        """In how many seconds it is silent if nothing comes; see `news_at`."""
        most = _SILENT_BODY_SECONDS if self.has_head else _SILENT_HEAD_SECONDS
        return max(0.0, self.news_at + most - self._clock.mono())

    @property
    def is_stalled(self) -> bool:
        """Whether almost nothing of the body has come recently.

        Then a new request is better. The exception is a hinted part: the upstream holds
        it until it exists.
        """
        return self._progress.is_stalled and not self.order.is_hinted()

    @property
    def coming(self) -> tuple[StoreHead, int] | None:
        """The head and the length of what will be kept soon; None if nothing will."""
        if self._coming is None or self._length is None or not self.nearly.is_set:
            return None
        return self._coming, self._length

    @property
    def is_worth_finishing(self) -> bool:
        """Whether to go on for a while although no player reads it any more."""
        growing, length = self._growing, self._length
        if growing is None or length is None or not self._keeps:
            return False
        if self.is_stalled:
            return False
        if not growing.is_stored:
            return False
        missing = length - growing.size
        nearly = missing <= SMALL_BYTES or 2 * growing.size >= length
        return nearly or length <= LARGE_BYTES

    async def run(self) -> None:
        """Fetch the resource."""
        try:
            await self._turns.run(self.order, self._fill, self._go_on)
        except HlsAuthProxyError as error:
            self._fail(error)
        except BaseException:
            self._fail(UnreachableError("the request to the upstream was given up"))
            raise
        finally:
            self._over = True
            self._let_go()

    async def _fill(self) -> None:
        order, reply = self.order, await opened(self.order, self._ask, self._clock)
        now = self._clock.wall()
        if reply is None:
            self._go_on(None, Unshared("playlist", lasting=False))
            return
        if order.stale is not None and reply.status == _NOT_MODIFIED:
            async with reply.answer:
                self._confirm(order.stale, reply, now)
            return
        shared = shareable(reply, order.key, order.kind, trusted=self._trusted, now=now)
        if isinstance(shared, Unshared):
            await self._hand_over(reply, shared)
            return
        length = reply.answer.content_length
        writing = order.begin(self._store, shared.key, length)
        if writing is None:
            await self._hand_over(reply, Unshared("no room", lasting=False))
            return
        self._growing = Growing(writing, clock=self._clock)
        del writing  # a reference keeps its bytes in memory
        async with reply.answer as body:
            await self._pour(body, shared, self._growing, reply.pause)

    def _confirm(self, stale: Kept, reply: MediaReply, now: float) -> None:
        kept = confirmed(
            self._store,
            self.order,
            stale,
            reply.headers,
            trusted=self._trusted,
            now=now,
        )
        self.outcome = "kept"
        self._go_on(StillValid(kept))

    async def _pour(
        self,
        body: MediaBody,
        shared: Shareable,
        growing: Growing,
        pause: Callable[[], None] | None,
    ) -> None:
        self._length = body.content_length
        self._keeps = shared.kept and self.order.keeps
        self._coming = shared.head if self._keeps else None
        self.nearly.begun(self._length)
        self._go_on(
            Begun(
                shared,
                growing,
                length=body.content_length,
                held=body.held,
                asked_whole=self.order.key.span is None,
            )
        )
        self._progress.came(0)
        async for data in body.chunks():
            if not growing.append(data):
                self._close(Unshared("no room", lasting=False))
                self._coming = None
                await growing.room()
            if growing.size >= self.nearly.size:
                self.nearly.came(growing.size)
            if self.after is not None and pause is not None:
                await let_pass(self.after, pause, self._clock)
                self.after = None
                self._progress.waited()
            self._progress.came(growing.size)
        if self._length not in (None, growing.size):
            raise TruncatedError("more or fewer bytes came than were announced")
        # An empty body may be a temporary fault, so it is not kept.
        keeps = growing.end(shared.head if self._keeps and growing.size else None)
        self.outcome = "kept" if keeps else "shared"
        self._close(None)

    async def _hand_over(self, reply: MediaReply, unshared: Unshared) -> None:
        """Give the answer to one waiting player; the others send their own requests."""
        self.outcome = _HANDED
        self._spare = reply
        self._go_on(Handed(unshared), unshared)
        try:
            if self.users:
                await self._settled.wait()
        finally:
            if (spare := self.take()) is not None:
                await spare.answer.__aexit__(None, None, None)

    def _let_go(self) -> None:
        """Free the bytes if the fill is over and has no users."""
        if self._over and not self.users and self._growing is not None:
            self._growing.release()
            self._growing = None

    def _go_on(self, head: FillHead, unshared: Unshared | None = None) -> None:
        """Wake the waiting players. If the answer is not shared, no others may join."""
        if not isinstance(head, Begun):
            self._close(unshared)
        if not self._head.done():
            self._head.set_result(head)

    def _close(self, unshared: Unshared | None) -> None:
        if not self._closed:
            self._closed = True
            self._unshare(unshared)

    def _fail(self, error: HlsAuthProxyError) -> None:
        self.outcome = "failed"
        self._close(None)
        if self._growing is not None:
            self._growing.fail(error.without_trace())
        elif not self._head.done():
            self._head.set_exception(error.without_trace())
