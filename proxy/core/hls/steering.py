"""Steering manifests: which pathway to play, and clones of pathways.

RFC 8216bis, section 7.2. HOST and PARAMS of a clone are always removed: a player would
apply them to local URLs, and leave the proxy. Instead, the manifest lists the local URL
of each playlist of a clone, if the playlist has a stable ID to list it by.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls.json_text import table
from proxy.core.hls.pathways import Member, Pathways, Replacement
from proxy.core.http import uri
from proxy.errors import BadAnswerError

_REPLACED = ("HOST", "PARAMS", "PER-VARIANT-URIS", "PER-RENDITION-URIS")
# Real manifests have a handful. Many more are an attack on the memory that stores their
# names.
_MOST_NAMES = 5000
# The limit for their URLs together: 5,000 of 800 bytes. Some kilobytes of PARAMS, once
# for each playlist of each clone, would be gigabytes.
_MOST_BYTES = 4 * 1024 * 1024

NameReload = Callable[[str], str]
"""Returns the local, absolute URL for the URL of the next manifest."""
NameClone = Callable[[Member, str, str], str]
"""Returns the local, absolute URL of a playlist in a clone. Arguments: the playlist it
is a copy of, the ID of the clone, its own upstream URL."""


@dataclass(slots=True)
class Steering:
    """One manifest to be rewritten for a player."""

    base: str = field(repr=False)
    """Where it was read; relative URLs in it are resolved against this."""
    pathways: Pathways
    _: KW_ONLY
    name_reload: NameReload
    name_clone: NameClone
    unsteered: int = 0
    """How many playlists of clones have no stable ID, or exceed the limit. They play,
    but are not steered."""
    _moved: int = 0
    _bytes: int = 0

    def localised(self, text: str) -> str:
        """Return the manifest as players get it.

        Raises BadAnswerError if it is not JSON, or cannot be written again: a number
        out of range, half of a surrogate pair (RFC 8259, sections 6 and 8.2).
        """
        manifest = table(text)
        try:
            json.dumps(manifest, ensure_ascii=False, allow_nan=False).encode()
        except ValueError as exc:
            raise BadAnswerError("a manifest that cannot be written again") from exc
        reload_uri = manifest.get("RELOAD-URI")
        if isinstance(reload_uri, str):
            manifest["RELOAD-URI"] = self._reload(reload_uri)
        if "PATHWAY-CLONES" in manifest:
            known = dict(self.pathways)
            clones = _tables(manifest["PATHWAY-CLONES"])
            manifest["PATHWAY-CLONES"] = [self._clone(each, known) for each in clones]
        return json.dumps(manifest, separators=(",", ":"), ensure_ascii=False)

    def _reload(self, written: str) -> str:
        resolved = uri.resolve(self.base, written.encode("utf-8", "surrogatepass"))
        # A URL that cannot be requested cannot bypass the proxy either.
        return "" if resolved is None else self.name_reload(resolved[0])

    @property
    def _is_full(self) -> bool:
        return self._moved >= _MOST_NAMES or self._bytes >= _MOST_BYTES

    def _clone(
        self, clone: Mapping[str, object], known: dict[str, tuple[Member, ...]]
    ) -> dict[str, object]:
        """Replace a clone's rules with explicit URLs.

        Later clones may be based on this one.
        """
        given = next(iter(_tables([clone.get("URI-REPLACEMENT")])), {})
        replacement = Replacement(
            str(given.get("HOST", "")),
            _texts(given.get("PARAMS")),
            _texts(given.get("PER-VARIANT-URIS")),
            _texts(given.get("PER-RENDITION-URIS")),
        )
        members = known.get(str(clone.get("BASE-ID", "")), ())
        clone_id = str(clone.get("ID", ""))
        uris: dict[bool, dict[str, str]] = {False: {}, True: {}}
        moved: list[Member] = []
        for number, member in enumerate(members):
            if self._is_full:
                self.unsteered += len(members) - number
                break
            url = member.moved(replacement, self.base)
            self._moved += 1
            self._bytes += len(url)
            moved.append(Member(url, member.slug, member.stable, member.rendition))
            if member.stable is None:
                self.unsteered += 1
                continue
            local = self.name_clone(member, clone_id, url)
            uris[member.rendition][member.stable] = local
        known[clone_id] = members if self._is_full else tuple(moved)
        kept = {name: value for name, value in given.items() if name not in _REPLACED}
        named = {"PER-VARIANT-URIS": uris[False], "PER-RENDITION-URIS": uris[True]}
        kept.update((name, value) for name, value in named.items() if value)
        return {**clone, "URI-REPLACEMENT": kept}


def _tables(value: object) -> Iterator[Mapping[str, object]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item


def _texts(value: object) -> Mapping[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {name: text for name, text in items if isinstance(text, str)}
