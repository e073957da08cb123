"""Which load of a list each rendition is in, and which load it moves to."""

from collections.abc import Collection

import pytest

from proxy.core.kind import Kind
from proxy.localise.listing import Sheet
from proxy.localise.offered_urls import Offers

PICTURE, SOUND, LOW = "720p/index.m3u8", "audio/index.m3u8", "360p/index.m3u8"


class Listed:
    """Offers of loads; each load has its own session."""

    def __init__(self) -> None:
        self.offers = Offers()
        self.held: set[str] = set()

    def load(self, session: int, staying: Collection[str] = ()) -> None:
        """Load the list, with all three renditions in this session."""
        urls = {path: f"https://o/{session}/{path}" for path in (PICTURE, SOUND, LOW)}
        sheet = Sheet(Kind.PLAYLIST, "index.m3u8", depth=1, urls=urls)
        self.offers.came(dict.fromkeys(urls, sheet), staying, self.is_held)

    def is_held(self, path: str) -> bool:
        """Return whether the rendition is held."""
        return path in self.held

    def take(self, path: str) -> dict[str, str]:
        """Return which paths move, and to which session."""
        going = self.offers.take(path, self.is_held)
        return {path: sheet.resource(path).url[10] for path, sheet in going.items()}


@pytest.fixture
def listed() -> Listed:
    """Return a list whose video is held in session 2, and whose sound in session 1."""
    listed = Listed()
    listed.load(1)
    listed.held = {SOUND}
    listed.load(2, staying=[SOUND])
    listed.held = {PICTURE, SOUND}
    return listed


def test_a_rendition_moves_to_where_its_sibling_is_held(listed: Listed) -> None:
    """However often the list was loaded since."""
    for session in (3, 4, 5):
        listed.load(session, staying=[PICTURE, SOUND, LOW])
    listed.held = {PICTURE}
    assert listed.take(SOUND) == {SOUND: "2"}
    assert listed.offers.waits(SOUND)
    assert listed.take(SOUND) == {SOUND: "5", LOW: "5"}
    assert listed.take(SOUND) == {}


def test_a_rendition_moves_to_the_last_load_if_none_is_held(listed: Listed) -> None:
    """Its siblings move with it."""
    listed.load(3, staying=[PICTURE, SOUND, LOW])
    listed.held = set()
    assert listed.take(SOUND) == {PICTURE: "3", SOUND: "3", LOW: "3"}


def test_a_rendition_never_moves_back(listed: Listed) -> None:
    """The video was refused in the session of the sound."""
    listed.held = {SOUND}
    assert listed.take(PICTURE) == {}
    listed.load(3, staying=[PICTURE, SOUND, LOW])
    assert listed.take(PICTURE) == {PICTURE: "3", LOW: "3"}


def test_a_rendition_is_alone_if_no_sibling_is_held(listed: Listed) -> None:
    """In its load."""
    assert not listed.offers.is_alone(LOW, listed.is_held)
    listed.held = {SOUND}
    assert listed.offers.is_alone(LOW, listed.is_held)
    assert not listed.offers.is_alone(SOUND, listed.is_held)


def test_a_load_with_the_same_url_continues_its_session(listed: Listed) -> None:
    """A new signature is not a new session: a sibling still moves there."""
    listed.load(3, staying=[SOUND, LOW])  # the video as before
    listed.held = {PICTURE}
    assert not listed.offers.waits(PICTURE)
    assert listed.take(SOUND) == {SOUND: "2"}


def test_few_loads_are_remembered() -> None:
    """Those that contain a rendition, here two, and the last one."""
    listed = Listed()
    for session in range(1, 100):
        listed.load(session)
        listed.held = {PICTURE}
        listed.load(session, staying=[PICTURE, SOUND, LOW])
    assert len(listed.offers._loads) <= 3  # noqa: SLF001 - nothing else shows it
    for path in (PICTURE, SOUND, LOW):
        listed.offers.forget(path)
    assert not listed.offers._loads  # noqa: SLF001 - nor that
    assert not listed.offers.waits(PICTURE)
