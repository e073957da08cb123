"""One direction of a line: when a packet arrives, if at all. Pure."""

import random
from dataclasses import KW_ONLY, dataclass, field


@dataclass(slots=True)
class Wire:
    """Delays packets, sends them one after another, and loses some."""

    rng: random.Random = field(repr=False)
    _: KW_ONLY
    delay: float = 0.03
    """Seconds from one end to the other."""
    rate: float = 1_500_000.0
    """Bytes per second."""
    loss: float = 0.0
    """The share of packets that are lost."""
    queue: int = 256 * 1024
    """Bytes that may wait; packets beyond that are dropped."""
    _free_at: float = 0.0

    def arrival(self, size: int, now: float) -> float | None:
        """Return when a packet of `size` bytes arrives; None if it is lost."""
        waits = max(0.0, self._free_at - now)
        if waits * self.rate > self.queue or self.rng.random() < self.loss:
            return None
        self._free_at = now + waits + size / self.rate
        return self._free_at + self.delay
