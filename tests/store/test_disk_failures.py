"""Trouble with a disk is reported once."""

import errno
import os

from proxy.store.disk_failures import PAUSE_SECONDS, Troubles
from tests.fake_clock import FakeClock


async def test_trouble_is_reported_once_until_it_has_ended() -> None:
    """With the system's words, without the name of a file."""
    told: list[str] = []
    troubles = Troubles("/store", mono=FakeClock().mono, report=told.append)
    full = OSError(errno.ENOSPC, "x", "/store/secret")
    troubles.failed(full)
    troubles.failed(full)
    assert told == [f"/store: {os.strerror(errno.ENOSPC)}"]
    troubles.failed(OSError(errno.EROFS, "x"))
    assert len(told) == 2
    troubles.worked()
    troubles.failed(OSError(errno.EROFS, "x"))
    assert len(told) == 3
    troubles.failed(PermissionError(None, "the folder belongs to another user"))
    assert told[-1] == "/store: the folder belongs to another user"


async def test_a_disk_in_trouble_is_left_alone_for_a_while() -> None:
    """Each try would cost time."""
    clock = FakeClock()
    troubles = Troubles("/store", mono=clock.mono, report=lambda _: None)
    assert not troubles.pausing
    troubles.failed(OSError(errno.ENOSPC, "x"))
    assert troubles.pausing
    await clock.advance(PAUSE_SECONDS)
    assert not troubles.pausing
    troubles.failed(OSError(errno.ENOSPC, "x"))
    troubles.worked()
    assert not troubles.pausing
