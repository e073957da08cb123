"""The key of a kept resource."""

import pytest

from proxy.core.hls.names import Marks
from proxy.core.kind import Kind
from proxy.localise.listing import Resource
from proxy.localise.uses import Use
from proxy.sharing.keys import KeyedResource, Keys
from tests.fake_clock import FakeClock

URL = "https://CDN.test/s.ts"
USE = Use("run", 7)


class Told:
    """Knows one use, or none."""

    def __init__(self, use: Use | None) -> None:
        self.told = use

        self.noted: dict[str, object] = {}

    def notes(self, parent: str, now: float) -> dict[str, object] | None:
        """Return the notes on the load; None if nothing is known."""
        del parent, now
        return self.noted if self.told else None

    def use(self, path: str, resource: Resource, now: float) -> Use | None:
        """Return the use."""
        del path, resource, now
        return self.told


def named(
    kind: Kind, use: Use | None = USE, suffix: str = "", url: str = URL
) -> KeyedResource | None:
    """Return the key of a resource."""
    keys = Keys("lobby", suffix, Told(use), steady=Marks().steady, clock=FakeClock())
    return keys.of("main/s.ts", Resource(url, kind, "main/index.m3u8"))


def test_a_key_contains_what_the_name_means_now() -> None:
    """The stream, the path, the steady URL, the run and the number."""
    found = named(Kind.SEGMENT)
    assert found is not None
    assert found.key == ("lobby", "main/s.ts", "https://cdn.test/s.ts", "run", 7, None)
    assert (found.listed, found.lasting) == (True, False)


def test_a_players_selection_has_its_own_keys() -> None:
    """The bytes may differ."""
    one, other = named(Kind.SEGMENT), named(Kind.SEGMENT, suffix=".lang-de")
    assert one is not None
    assert other is not None
    assert one.key != other.key


@pytest.mark.parametrize("kind", [Kind.SESSION_DATA, Kind.OTHER, Kind.STEERING])
def test_documents_are_not_shared(kind: Kind) -> None:
    """They are made for one player."""
    assert named(kind) is None


def test_a_name_of_unknown_meaning_is_not_shared() -> None:
    """Its earlier bytes may be different."""
    assert named(Kind.SEGMENT, None) is None


@pytest.mark.parametrize(("kind", "lasting"), [(Kind.KEY, False), (Kind.MAP, True)])
def test_a_decryption_key_never_lasts(kind: Kind, *, lasting: bool) -> None:
    """It is never written to a disk."""
    found = named(kind, Use("run", 0, lasting=True))
    assert found is not None
    assert found.lasting is lasting


def test_a_lasting_resource_needs_no_url() -> None:
    """After a restart only the playlist is known: its run distinguishes URLs."""
    lasting = Use("run", 7, lasting=True)
    found = named(Kind.SEGMENT, lasting)
    assert found is not None
    assert found.key == ("lobby", "main/s.ts", "", "run", 7, None)
    assert found == named(Kind.SEGMENT, lasting, url="")


def test_a_name_is_looked_up_again_after_each_load() -> None:
    """Until then it means the same, and so does its resource."""
    told = Told(USE)
    keys = Keys("lobby", "", told, steady=Marks().steady, clock=FakeClock())
    resource = Resource(URL, Kind.SEGMENT, "main/index.m3u8")
    first = keys.of("main/s.ts", resource)
    told.told = Use("run", 8)
    assert keys.of("main/s.ts", resource) is first
    told.noted = {}
    again = keys.of("main/s.ts", resource)
    assert again is not None
    assert again.key.number == 8


def test_a_name_with_another_url_has_another_key() -> None:
    """Also if its playlist was not loaded again."""
    keys = Keys("lobby", "", Told(USE), steady=Marks().steady, clock=FakeClock())
    urls = [URL, "https://cdn.test/other.ts", URL]
    found = [
        keys.of("main/s.ts", Resource(url, Kind.SEGMENT, "main/index.m3u8"))
        for url in urls
    ]
    assert [each and each.key.url for each in found] == [each.lower() for each in urls]


def test_notes_on_a_long_playlist_are_bounded() -> None:
    """A player may read all of it."""
    told = Told(USE)
    keys = Keys("lobby", "", told, steady=Marks().steady, clock=FakeClock())
    for number in range(2000):
        keys.of(f"main/{number}.ts", Resource(URL, Kind.SEGMENT, "main/index.m3u8"))
    assert 0 < len(told.noted) <= 128
