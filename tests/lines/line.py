"""Two networks, joined by a line whose packets this process carries.

Each end is a TUN device. So a line can be slow, lossy or cut even if the kernel has no
netem. A cut drops packets silently, as a pulled cable does.
"""

import asyncio
import contextlib
import os
import random
import socket
import struct
import sys
from collections.abc import AsyncIterator
from functools import partial

from tests.lines.namespace import TUN, Namespace, require
from tests.lines.wire import Wire

NEAR = "10.77.0.1"
NEAR_NEXT = "10.77.0.3"
"""The near end's new address when its address changes."""
FAR = "10.77.0.2"

_DEVICE = "line"
_PREFIX = 24
_MTU = 1500
_LONGEST = 2048
_TUNSETIFF = 0x4004_54CA  # <linux/if_tun.h>
_IFF_TUN_NO_PI = 0x1001


class Line:
    """A line between `near` and `far`; it carries packets until its block ends."""

    def __init__(self, near: Namespace, far: Namespace, rng: random.Random) -> None:
        self.near = near
        self.far = far
        self.wires = Wire(rng), Wire(rng)
        """The wire from near to far, and the wire back."""
        self.is_cut = False
        self._ends: tuple[int, ...] = (_end(near), _end(far))
        self._loop = asyncio.get_running_loop()
        for way, end in enumerate(self._ends):
            self._loop.add_reader(end, self._carry, way)
        _address(near, "add", NEAR)
        _address(far, "add", FAR)

    def cut(self) -> None:
        """Drop all packets from now on, including those on their way."""
        self.is_cut = True

    def mend(self) -> None:
        """Carry packets again."""
        self.is_cut = False

    def change_address(self) -> None:
        """Give the near end another address, as in a change from Wi-Fi to LTE."""
        _address(self.near, "del", NEAR)
        _address(self.near, "add", NEAR_NEXT)

    def listen(self, port: int) -> socket.socket:
        """Return a socket that listens at the far end; port 0 picks a free one."""
        return self.far.run(partial(socket.create_server, (FAR, port)))

    def close(self) -> None:
        """Stop carrying packets."""
        for end in self._ends:
            self._loop.remove_reader(end)
            os.close(end)
        self._ends = ()

    def _carry(self, way: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while packet := os.read(self._ends[way], _LONGEST):
                at = self.wires[way].arrival(len(packet), self._loop.time())
                if at is not None and not self.is_cut:
                    self._loop.call_at(at, self._deliver, 1 - way, packet)

    def _deliver(self, end: int, packet: bytes) -> None:
        if self._ends and not self.is_cut:
            # A packet that does not fit the other end's buffer is lost, as on any line.
            with contextlib.suppress(OSError):
                os.write(self._ends[end], packet)


@contextlib.asynccontextmanager
async def line(rng: random.Random) -> AsyncIterator[Line]:
    """Create a line; raises StartError if this machine or user cannot."""
    require()
    with Namespace() as near, Namespace() as far:
        one = Line(near, far, rng)
        try:
            yield one
        finally:
            one.close()


def _end(namespace: Namespace) -> int:
    descriptor = namespace.run(_device)
    namespace.configure("link", "set", _DEVICE, "mtu", str(_MTU), "up")
    return descriptor


def _address(namespace: Namespace, verb: str, address: str) -> None:
    namespace.configure("addr", verb, f"{address}/{_PREFIX}", "dev", _DEVICE)


def _device() -> int:
    if sys.platform != "linux":
        raise OSError("only Linux has TUN devices")
    import fcntl  # noqa: PLC0415 - Windows has none

    descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack("16sH", _DEVICE.encode(), _IFF_TUN_NO_PI)
    fcntl.ioctl(descriptor, _TUNSETIFF, request)
    return descriptor
