"""Failures that the loop's exception handler gets because their owner did not look."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def unseen() -> Iterator[list[str]]:
    """Collect such failures during the block, garbage collection included."""
    found: list[str] = []

    def tell(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found.append(str(context["message"]))

    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(tell)
    try:
        yield found
        gc.collect()
    finally:
        loop.set_exception_handler(before)
