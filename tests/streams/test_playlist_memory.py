"""What is remembered of playlists: renditions that changed their URL, and variables."""

import pytest

from proxy.core.hls.names import Marks, Volatile
from proxy.core.kind import Kind
from proxy.core.tokens.placing.placement import Query
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.folders import Folder
from proxy.localise.ladder import Ladder
from proxy.localise.listing import Listing, Resource
from proxy.streams.playlist_memory import PlaylistMemories
from tests.localise.listings import sheet

URL = "https://cdn.example/v.m3u8"
OLD, NEW = "https://cdn.example/a.m3u8", "https://cdn.example/b.m3u8"
LOW = "low/index.m3u8"


@pytest.fixture
def catalog() -> Catalog:
    """Return a catalog with one rendition."""
    catalog = Catalog(URL, limit=100)
    listing = Listing.of([sheet({LOW: OLD}, Kind.PLAYLIST, ENTRY)])
    catalog.learn(ENTRY, listing, now=0.0, keep=None)
    return catalog


@pytest.fixture
def memories(catalog: Catalog) -> PlaylistMemories:
    """Return the memories of a stream that has not been loaded."""
    rule = Rule(
        (Query("token"),),
        Reach(everything=True, origins=frozenset({"https://cdn.example"})),
    )
    return PlaylistMemories(catalog, Marks(rule, Volatile()))


def test_a_rendition_with_a_new_url_keeps_the_variables_of_the_old_one(
    memories: PlaylistMemories,
) -> None:
    """Players still poll the old URL, whose name stays."""
    memory = memories.of(ENTRY)
    memory.variables = {"host": "one"}
    memories.list(memory, Ladder({OLD: "low"}))
    memory.variables = {"host": "two"}
    memories.list(memory, Ladder({NEW: "low"}))
    assert memory.lent == {OLD: {"host": "one"}, NEW: {"host": "two"}}
    assert memory.ladder.slugs == {OLD: "low", NEW: "low"}


def test_a_former_rendition_is_forgotten_when_its_name_means_another(
    catalog: Catalog, memories: PlaylistMemories
) -> None:
    """Nobody can ask for it any more."""
    memory = memories.of(ENTRY)
    memories.list(memory, Ladder({OLD: "low"}))
    listing = Listing.of([sheet({LOW: NEW}, Kind.PLAYLIST, ENTRY)])
    catalog.learn(ENTRY, listing, now=1.0, keep=None)
    memories.list(memory, Ladder({NEW: "low"}))
    assert memory.ladder.slugs == {NEW: "low"}


def test_clones_import_the_variables_of_the_manifests_parent(
    memories: PlaylistMemories,
) -> None:
    """A manifest defines none itself."""
    memory = memories.of(ENTRY)
    memory.variables, memory.folder = {"host": "one"}, Folder("", "")
    led = Ladder({NEW: "clone"})
    memories.lead("common/s.json", ENTRY, led)
    manifest = memories.known("common/s.json")
    assert (manifest.variables, manifest.ladder) == ({"host": "one"}, led)
    assert not memories.knows("common/s.json")
    assert memories.knows(ENTRY)


def test_asking_about_an_unknown_playlist_remembers_nothing(
    memories: PlaylistMemories,
) -> None:
    """Only a load does."""
    assert memories.known(LOW) is not memories.known(LOW)
    assert memories.of(LOW) is memories.of(LOW)


def test_the_forms_of_a_url_follow_its_resource(memories: PlaylistMemories) -> None:
    """They are made once for each URL."""
    memory = memories.of(LOW)
    one = Resource(f"{OLD}?token=1", Kind.PLAYLIST, ENTRY)
    steady, bare = memories.asked(memory, one)
    assert bare == OLD
    assert memories.asked(memory, one)[0] is steady
    other = Resource(f"{NEW}?token=1", Kind.PLAYLIST, ENTRY)
    assert memories.asked(memory, other)[1] == NEW
