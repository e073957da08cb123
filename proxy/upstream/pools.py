"""The connections of one stream.

Each origin has its own pool, so that all its connections can be closed at once.
Configured origins may have any address. Sockets for all other origins are created for
public addresses only. Their pools never hold a connection to a private address, so none
can be reused for a host name that merely points there.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from dataclasses import KW_ONLY, dataclass, field
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection

from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.errors import UnreachableError
from proxy.upstream.faults import FOREIGN, ProhibitedAddressError
from proxy.upstream.sockets import AddressInfo, lively_socket
from proxy.upstream.wire import exact

# The limit for one stream; the oldest pool is closed first.
MOST_POOLS = 64


@dataclass(eq=False, slots=True)
class _Pool:
    """Connections to one origin that are opened and closed together."""

    connector: aiohttp.TCPConnector
    way: aiohttp.ClientRequest
    """Shows the connector where to connect. It is never sent."""
    _: KW_ONLY
    users: int = 0
    retired: bool = False
    sockets: int = 0
    """How many sockets were made for it."""
    opening: asyncio.Task[None] | None = None
    """Opens a connection that no request waits for."""


class Lease:
    """The use of a pool for one request, until its answer has been read."""

    __slots__ = ("_origin", "_pool", "_pools", "_released")

    def __init__(self, pools: "Pools", origin: str, pool: _Pool) -> None:
        self._pools = pools
        self._origin = origin
        self._pool = pool
        self._released = False
        pool.users += 1

    @property
    def host(self) -> str:
        """The value of the Host field of requests to the origin."""
        return self._pool.way.headers["Host"]

    @property
    def connector(self) -> aiohttp.TCPConnector:
        """Opens and keeps the connections of the pool."""
        return self._pool.connector

    async def connect(self, limits: aiohttp.ClientTimeout) -> Connection:
        """Return a connection to the origin, an idle one if there is one.

        Raises errors that `faults.fault_of` understands.
        """
        pool = self._pool
        if pool.connector.closed:
            raise aiohttp.ClientConnectionError("the connections are closed")
        try:
            return await pool.connector.connect(pool.way, [], limits)
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError from None

    async def ready(self, count: int, limits: aiohttp.ClientTimeout) -> bool:
        """Make sure that this many connections are idle; return whether any was opened.

        Nothing is sent over them. Raises errors that `faults.fault_of` understands.
        """
        before, idle = self._pool.sockets, list[Connection]()
        try:
            while len(idle) < count:
                idle.append(await self.connect(limits))
        finally:
            for connection in idle:
                connection.release()
        return self._pool.sockets != before

    def spare(self, limits: aiohttp.ClientTimeout) -> None:
        """Make sure of that in the background; a failure does not matter."""
        self._pools.spare(self._origin, self._pool, limits)

    def release(self) -> None:
        """End the use of the pool; only the first call counts."""
        if not self._released:
            self._released = True
            self._pool.users -= 1
            self._pools.left(self._pool)

    def condemn(self) -> None:
        """Retire the whole pool, since one of its connections was found dead."""
        self._pools.give_up(self._origin, self._pool)

    def prefer(self) -> None:
        """Make this the origin's pool, in place of the one with the dead connection."""
        self._pools.put(self._origin, self._pool)


@dataclass(eq=False, slots=True)
class Pools:
    """Pools by origin, opened at first use."""

    policy: AddressPolicy
    resolver: AbstractResolver | None = None
    _: KW_ONLY
    tls: ssl.SSLContext | bool = True
    _pools: dict[str, _Pool] = field(default_factory=dict)
    _retired: set[_Pool] = field(default_factory=set)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: bool = False

    def lease(self, url: str) -> Lease:
        """Return a lease of the pool for the URL's origin.

        Raises AddressRefusedError if the URL is not valid, and UnreachableError after
        `close`.
        """
        origin = uri.origin(url)
        pool = None if self._closed else self._pools.get(origin)
        if pool is None:
            pool = self._open(origin, url)
            self.put(origin, pool)
        return Lease(self, origin, pool)

    def fresh(self, url: str) -> Lease:
        """Return a lease of a new pool that has no connection yet.

        The pool is closed when the lease ends, unless the lease's `prefer` was called.
        """
        origin = uri.origin(url)
        pool = self._open(origin, url)
        pool.retired = True
        self._retired.add(pool)
        return Lease(self, origin, pool)

    def spare(self, origin: str, pool: _Pool, limits: aiohttp.ClientTimeout) -> None:
        """Make sure in the background that a connection of the pool is idle."""
        if pool.opening is None:
            lease = Lease(self, origin, pool)
            pool.opening = asyncio.create_task(_opened(lease, limits), name="spare")
            pool.opening.add_done_callback(partial(_is_open, pool))

    def put(self, origin: str, pool: _Pool) -> None:
        """Use the pool for the origin from now on, and retire the previous one."""
        before = self._pools.pop(origin, None)
        if len(self._pools) >= MOST_POOLS:
            oldest = next(iter(self._pools))
            self._retire(self._pools.pop(oldest))
        pool.retired = False
        self._retired.discard(pool)
        self._pools[origin] = pool
        if before is not None and before is not pool:
            self._retire(before)

    def give_up(self, origin: str, pool: _Pool) -> None:
        """Retire the pool if it is still the origin's current pool."""
        if self._pools.get(origin) is pool:
            del self._pools[origin]
            self._retire(pool)

    def left(self, pool: _Pool) -> None:
        """Close a retired pool that has no user any more."""
        if pool.retired and not pool.users and pool in self._retired:
            self._retired.discard(pool)
            closing = asyncio.create_task(_close(pool), name="upstream pool")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close all connections; requests under way fail."""
        self._closed = True
        for pool in (*self._pools.values(), *self._retired):
            await _close(pool)
        if self._closing:
            await asyncio.wait(self._closing)

    def _retire(self, pool: _Pool) -> None:
        pool.retired = True
        self._retired.add(pool)
        self.left(pool)

    def _open(self, origin: str, url: str) -> _Pool:
        if self._closed:
            raise UnreachableError("the program is about to end")
        guarded = origin not in self.policy.origins
        make = self._guarded_socket if guarded else lively_socket

        def made(info: AddressInfo) -> socket.socket:
            pool.sockets += 1
            return make(info)

        way = aiohttp.ClientRequest("GET", exact(url), loop=asyncio.get_running_loop())
        connector = aiohttp.TCPConnector(
            # The number of players is limited when they connect. With a limit here,
            # segments would wait for blocking playlist reloads to end.
            limit=0,
            resolver=self.resolver,
            ssl=self.tls,
            socket_factory=made,
        )
        pool = _Pool(connector, way)
        return pool

    def _guarded_socket(self, info: AddressInfo) -> socket.socket:
        if not self.policy.allows_address("", info[4][0]):
            raise ProhibitedAddressError(errno.EPERM, "prohibited")
        return lively_socket(info)


async def _close(pool: _Pool) -> None:
    if pool.opening is not None:
        pool.opening.cancel()
    await pool.connector.close()


async def _opened(lease: Lease, limits: aiohttp.ClientTimeout) -> None:
    try:
        with contextlib.suppress(*FOREIGN):
            await lease.ready(1, limits)
    finally:
        lease.release()


def _is_open(pool: _Pool, _: asyncio.Task[None]) -> None:
    pool.opening = None
