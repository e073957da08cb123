"""What `run` reports apart from its log."""

from dataclasses import dataclass, field

from proxy.app.announcements import EventAnnouncements, TextAnnouncements

STOPPING = (
    "Stopping. Transfers may take up to 25 s more; press Ctrl-C again to stop at once."
)


@dataclass
class Program:
    """A program that listens."""

    shown_urls: tuple[str, ...] = ("http://tv.lan:8080/lobby/index.m3u8",)
    places: tuple[str, ...] = ("0.0.0.0:8080",)
    overview: str = "http://tv.lan:8080/"


@dataclass
class Events:
    """A log that keeps its events."""

    written: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def info(self, event: str, **fields: object) -> None:
        """Keep an event."""
        self.written.append((event, fields))


def test_people_get_lines() -> None:
    """Where it listens, what to open, how to stop it, and that it stopped."""
    lines: list[str] = []
    announcements = TextAnnouncements(lines.append, "1.0")
    announcements.started(Program())
    announcements.stopping(25.0)
    announcements.stopped()
    assert lines == [
        "hls-auth-proxy 1.0 is listening on 0.0.0.0:8080.",
        "Open in a player:",
        "    http://tv.lan:8080/lobby/index.m3u8",
        "Press Ctrl-C to stop.",
        STOPPING,
        "Stopped.",
    ]


def test_a_thousand_streams_do_not_fill_the_screen() -> None:
    """Instead, the page that lists them all is named."""
    lines: list[str] = []
    urls = tuple(f"http://h/{number}/index.m3u8" for number in range(1000))
    TextAnnouncements(lines.append, "1.0").started(Program(urls, overview="http://h/"))
    assert len(lines) == 24
    assert lines[-2] == "    and 980 more: http://h/"


def test_machines_get_events() -> None:
    """With the same facts as fields."""
    events = Events()
    announcements = EventAnnouncements(events, "1.0")
    announcements.started(Program())
    announcements.stopping(25.0)
    announcements.stopped(cut=True)
    assert events.written == [
        (
            "listening",
            {
                "version": "1.0",
                "addresses": ["0.0.0.0:8080"],
                "streams": 1,
                "urls": ["http://tv.lan:8080/lobby/index.m3u8"],
            },
        ),
        ("stopping", {"seconds": 25.0}),
        ("stopped", {"cut": True}),
    ]
