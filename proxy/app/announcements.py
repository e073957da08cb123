"""What `run` reports in addition to its log: start, URLs to open, stop.

It writes text for people, or events if the log is JSON.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

KEY = "<access key>"
"""The placeholder for the access key in URLs that are shown."""

_MOST_SHOWN = 20


class Started(Protocol):
    """The properties of a running program that are announced."""

    @property
    def places(self) -> Sequence[str]:
        """Return the addresses that it listens on."""
        ...

    @property
    def shown_urls(self) -> Sequence[str]:
        """Return the URLs that a player may open, without the access key."""
        ...

    @property
    def overview(self) -> str:
        """Return the URL of the page that lists all streams."""
        ...


class Announcements(Protocol):
    """Reports to people or machines that the program starts and stops."""

    def started(self, program: Started) -> None:
        """Report the addresses it listens on and the URLs to open."""
        ...

    def stopping(self, seconds: float) -> None:
        """Report that it stops, and for how long transfers may continue."""
        ...

    def stopped(self, *, cut: bool = False) -> None:
        """Report that it has stopped; `cut` is true if players were disconnected."""
        ...


@dataclass(frozen=True, slots=True)
class TextAnnouncements:
    """Announces in lines of text for a terminal."""

    say: Callable[[str], object]
    version: str

    def started(self, program: Started) -> None:
        """Report the addresses it listens on and the URLs to open."""
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
        """Report that it stops, and for how long transfers may continue."""
        self.say(
            f"Stopping. Transfers may take up to {seconds:g} s more;"
            " press Ctrl-C again to stop at once."
        )

    def stopped(self, *, cut: bool = False) -> None:
        """Report that it has stopped; `cut` is true if players were disconnected."""
        self.say("Stopped; players were cut off." if cut else "Stopped.")


class Log(Protocol):
    """A log that writes events whatever its level is."""

    def info(self, event: str, **fields: object) -> object:
        """Write one event."""
        ...


@dataclass(frozen=True, slots=True)
class EventAnnouncements:
    """Announces by events in the log."""

    log: Log
    version: str

    def started(self, program: Started) -> None:
        """Report the addresses it listens on and the URLs to open."""
        urls = program.shown_urls
        self.log.info(
            "listening",
            version=self.version,
            addresses=list(program.places),
            streams=len(urls),
            urls=list(islice(urls, _MOST_SHOWN)),
        )

    def stopping(self, seconds: float) -> None:
        """Report that it stops, and for how long transfers may continue."""
        self.log.info("stopping", seconds=seconds)

    def stopped(self, *, cut: bool = False) -> None:
        """Report that it has stopped; `cut` is true if players were disconnected."""
        self.log.info("stopped", cut=cut)
