"""The URLs that the last loads of one multivariant playlist have for its renditions.

All URLs of one load belong to one session: video, audio, all resolutions. A rendition
that has to change its URL moves to the load in which a sibling is held, if possible.
Otherwise it moves to the last load.
"""

from collections.abc import Callable, Collection, Mapping

from proxy.localise.listing import Sheet

_MOST_LOADS = 8
"""The most loads that renditions of one list may use at once; usual are one or two."""

IsHeld = Callable[[str], bool]


class Offers:
    """The loads of one list that renditions still use, and the last load."""

    def __init__(self) -> None:
        self._last = 0
        # By number, the oldest first: the URLs of each load, for the renditions that
        # may move to it.
        self._loads: dict[int, dict[str, Sheet]] = {}
        # By path: the load that it uses.
        self._in: dict[str, int] = {}

    def came(
        self, listed: Mapping[str, Sheet], staying: Collection[str], held: IsHeld
    ) -> None:
        """Record a load; the `staying` paths keep their current URLs.

        For the other paths the load has the same URL, or a new one to use.
        """
        self._last += 1
        last = self._loads[self._last] = dict(listed)
        for path, sheet in listed.items():
            own = self._loads.get(self._in.get(path, 0), {})
            if path in staying:
                self._in.setdefault(path, 0)
            elif path in own and held(path):
                own[path] = sheet  # the same, perhaps with a new signature
                del last[path]
            else:
                self._in[path] = self._last
        self._drop_unused()

    def waits(self, path: str) -> bool:
        """Return whether a later load has a URL for the path."""
        return bool(self._later(path))

    def is_alone(self, path: str, held: IsHeld) -> bool:
        """Return whether nothing is held in the load that the path uses."""
        return self._in.get(path) not in self._homes(held)

    def take(self, path: str, held: IsHeld) -> dict[str, Sheet]:
        """Move the path to a later load; return what to replace in the catalog.

        It moves to the last load in which a sibling is `held`, otherwise to the last of
        all. Siblings that are not held move with it. The result is empty if no later
        load has the path.
        """
        later = self._later(path)
        if not later:
            return {}
        homes = self._homes(lambda each: each != path and held(each))
        number = max(homes.intersection(later), default=later[-1])
        going = {
            each: sheet
            for each, sheet in self._loads[number].items()
            if each == path or (self._in.get(each) != number and not held(each))
        }
        self._in.update(dict.fromkeys(going, number))
        self._drop_unused()
        return going

    def forget(self, path: str) -> None:
        """Drop a path that is no longer known."""
        self._in.pop(path, None)
        for has in self._loads.values():
            has.pop(path, None)
        self._drop_unused()

    def _homes(self, held: IsHeld) -> set[int]:
        return {number for path, number in self._in.items() if held(path)}

    def _later(self, path: str) -> list[int]:
        own = self._in.get(path, self._last)
        return [n for n, has in self._loads.items() if n > own and path in has]

    def _drop_unused(self) -> None:
        used = {self._last, *self._in.values()}
        kept = [n for n, has in self._loads.items() if has and n in used]
        self._loads = {number: self._loads[number] for number in kept[-_MOST_LOADS:]}
