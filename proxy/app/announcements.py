"""What `run` reports beside its log: that it listens, what to open, that it stops.

In text for people, as events where the log is JSON.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

KEY = "<access key>"
"""What stands for the access key in URLs that are shown."""

_MOST_SHOWN = 20


class Started(Protocol):
    """What is announced of a program that runs."""

    @property
    def places(self) -> Sequence[str]:
        """Where it listens."""
        ...

    @property
    def shown_urls(self) -> Sequence[str]:
        """What a player may open, the access key left out."""
        ...

    @property
    def overview(self) -> str:
        """The page that lists all streams."""
        ...


class Announcements(Protocol):
    """Tells people or machines what becomes of the program."""

    def started(self, program: Started) -> None:
        """Report where it listens and what to open."""
        ...

    def stopping(self, seconds: float) -> None:
        """Report that it stops, and how long transfers may go on."""
        ...

    def stopped(self, *, cut: bool = False) -> None:
        """Report that it has stopped; `cut` tells whether players were cut off."""
        ...


@dataclass(frozen=True, slots=True)
class TextAnnouncements:
    """Lines for a terminal."""

    say: Callable[[str], object]
    version: str

    def started(self, program: Started) -> None:
        """Report where it listens and what to open."""
        where = ", ".join(program.places)
        self.say(f"hls-auth-proxy {self.version} is listening on {where}.")
        keyed = any(KEY in url for url in program.shown_urls)
        hint = f", with your access key in place of {KEY}" if keyed else ""
        self.say(f"Open in a player{hint}:")
        for url in islice(program.shown_urls, _MOST_SHOWN):
            self.say(f"    {url}")
        if (more := len(program.shown_urls) - _MOST_SHOWN) > 0:
            self.say(f"    and {more} more: {program.overview}")
        self.say("Press Ctrl-C to stop.")

    def stopping(self, seconds: float) -> None:
        """Report that it stops, and how long transfers may go on."""
        self.say(
            f"Stopping. Transfers may take up to {seconds:g} s more;"
            " press Ctrl-C again to stop at once."
        )

    def stopped(self, *, cut: bool = False) -> None:
        """Report that it has stopped; `cut` tells whether players were cut off."""
        self.say("Stopped; players were cut off." if cut else "Stopped.")


class Log(Protocol):
    """Writes events, whatever the level of the log."""

    def info(self, event: str, **fields: object) -> object:
        """Write one event."""
        ...


@dataclass(frozen=True, slots=True)
class EventAnnouncements:
    """Events of a log."""

    log: Log
    version: str

    def started(self, program: Started) -> None:
        """Report where it listens and what to open."""
        urls = program.shown_urls
        self.log.info(
            "listening",
            version=self.version,
            addresses=list(program.places),
            streams=len(urls),
            urls=list(islice(urls, _MOST_SHOWN)),
        )

    def stopping(self, seconds: float) -> None:
        """Report that it stops, and how long transfers may go on."""
        self.log.info("stopping", seconds=seconds)

    def stopped(self, *, cut: bool = False) -> None:
        """Report that it has stopped; `cut` tells whether players were cut off."""
        self.log.info("stopped", cut=cut)
