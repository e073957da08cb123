"""What is remembered of playlists between their loads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cachetools import LRUCache

from proxy.core.hls.names import Marks
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS, Catalog
from proxy.localise.folders import Folder
from proxy.localise.ladder import Ladder
from proxy.localise.listing import Resource


@dataclass(slots=True, kw_only=True)
class PlaylistMemory:
    """What is remembered of one playlist."""

    folder: Folder | None = None
    multivariant: bool = False
    ladder: Ladder = field(default_factory=Ladder)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    lent: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """By URL: the variables for its renditions, and for former ones still in use."""
    asked: tuple[str, str, str] = field(default=("", "", ""), repr=False)
    """The last requested URL, its steady form, and its form without the token."""
    pruned_at: float = float("-inf")
    """When the whole playlist was last seen and old names left the catalog."""


class PlaylistMemories:
    """What is remembered of the playlists of one presentation."""

    def __init__(self, catalog: Catalog, marks: Marks) -> None:
        self._catalog = catalog
        self._marks = marks
        self._memories: LRUCache[str, PlaylistMemory] = LRUCache(MOST_PLAYLISTS)

    def of(self, path: str) -> PlaylistMemory:
        """Return the memory of the playlist at the path, which may be new and empty."""
        memory = self._memories.get(path)
        if memory is None:
            memory = self._memories[path] = PlaylistMemory()
        return memory

    def known(self, path: str) -> PlaylistMemory:
        """Return the same; if there is none, an empty one that is not kept."""
        return self._memories.get(path) or PlaylistMemory()

    def knows(self, path: str) -> bool:
        """Return whether the whole playlist at the path was ever seen."""
        return self.known(path).folder is not None

    def lead(self, path: str, parent: str, ladder: Ladder) -> None:
        """Make a document the parent of playlists, as a manifest is of its clones.

        The playlists import the variables of the document's own parent, because
        manifests define none.
        """
        above = self.known(parent)
        self._memories[path] = replace(above, folder=None, ladder=ladder)

    def asked(self, memory: PlaylistMemory, resource: Resource) -> tuple[str, str]:
        """Return the steady form of a resource's URL, and its form without the token.

        The memory is that of the playlist, which is requested by this URL now.
        """
        if memory.asked[0] != resource.url:
            url, marks = resource.url, self._marks
            memory.asked = url, marks.steady(url), marks.rule.bare(url)
        return memory.asked[1:]

    def list(self, memory: PlaylistMemory, ladder: Ladder) -> None:
        """Remember what belongs to the listed URLs, and to old ones still in use."""
        bare, before = self._marks.rule.bare, memory.ladder
        old = dict[str, str]()
        if ladder.slugs.keys() != before.slugs.keys():
            for slug in set(ladder.slugs.values()):
                resource = self._catalog.get(f"{slug}/{ENTRY}")
                url = bare(resource.url) if resource else ""
                if before.slugs.get(url) == slug:
                    old[url] = slug
        memory.lent = {
            **{url: memory.lent.get(url, {}) for url in old},
            **dict.fromkeys(ladder.slugs, memory.variables),
        }
        canonicals = {url: before.canonicals.get(url, url) for url in old}
        memory.ladder = replace(
            ladder,
            slugs={**old, **ladder.slugs},
            canonicals={**canonicals, **ladder.canonicals},
        )
