"""Whether the bytes of a body still come."""

from math import inf

from proxy.clock import Clock

STALLED_SECONDS, _TRICKLE_BYTES = 2.0, 16 * 1024
"""A body is stalled if it takes this many seconds for this many more bytes. Players do
not join it any more."""


class Progress:
    """The progress of one body."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # The size and the time when the last _TRICKLE_BYTES were complete.
        self._size, self._at = 0, inf

    @property
    def is_stalled(self) -> bool:
        """Whether almost nothing has come recently."""
        return self._clock.mono() - self._at >= STALLED_SECONDS

    def came(self, size: int) -> None:
        """Record the size so far; the first call begins the measurement."""
        if self._at == inf or size - self._size >= _TRICKLE_BYTES:
            self._size, self._at = size, self._clock.mono()

    def waited(self) -> None:
        """Record that the body was not read for a while on purpose."""
        self._at = self._clock.mono()
