"""Requests on one connection, and the events of their ends."""

from proxy.core.http.headers import Fields
from proxy.events.event import Event
from proxy.events.visit import VisitEnded
from proxy.web.app import App

ENTRY, SEGMENT = "/lobby/index.m3u8", "/lobby/main/seg1.ts"
TYPE: Fields = (("Content-Type", "video/mp2t"), ("Date", "Mon, 02 Jan 2023 10:00 GMT"))
SMALL = bytes(range(256)) * 400


def request(port: int, path: str, *, method: str = "GET", fields: str = "") -> bytes:
    """Return a request; the connection is kept unless the fields say otherwise."""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{fields}\r\n"
    ).encode()


def told(site: App) -> list[VisitEnded]:
    """Return a list to which each ended request is added."""
    events, tell = list[VisitEnded](), site.tell

    def note(event: Event) -> None:
        tell(event)
        if isinstance(event, VisitEnded):
            events.append(event)

    site.tell = note
    return events
