"""What the last loads of one list of playlists have for its renditions.

What one load lists is of one session: picture and sound, the other heights. A rendition
that has to go over goes to where a sibling is held, if it can, else to the last load.
"""

from collections.abc import Callable, Collection, Mapping

from proxy.localise.listing import Sheet

_MOST_LOADS = 8
"""In which renditions of one list may be at the same time; in use are one or two."""

IsHeld = Callable[[str], bool]


class Offers:
    """The loads of one list that renditions are in, and the last one."""

    def __init__(self) -> None:
        self._last = 0
        # By number, the oldest first: what each load has for those that may go to it.
        self._loads: dict[int, dict[str, Sheet]] = {}
        # By path: the load that it is in.
        self._in: dict[str, int] = {}

    def came(
        self, listed: Mapping[str, Sheet], staying: Collection[str], held: IsHeld
    ) -> None:
        """Take in a load; those that are `staying` go on with the URLs that they have.

        For the others it has the same URL, or one that takes the place of theirs.
        """
        self._last += 1
        last = self._loads[self._last] = dict(listed)
        for path, sheet in listed.items():
            own = self._loads.get(self._in.get(path, 0), {})
            if path in staying:
                self._in.setdefault(path, 0)
            elif path in own and held(path):
                own[path] = sheet  # the same, perhaps signed anew
                del last[path]
            else:
                self._in[path] = self._last
        self._drop_unused()

    def waits(self, path: str) -> bool:
        """Tell whether a later load than its own has something for the path."""
        return bool(self._later(path))

    def is_alone(self, path: str, held: IsHeld) -> bool:
        """Tell whether nothing is held in the load that the path is in."""
        return self._in.get(path) not in self._homes(held)

    def take(self, path: str, held: IsHeld) -> dict[str, Sheet]:
        """Return what to replace so that the path goes over to a later load.

        That is the last one in which a sibling is `held`, else the last of all. Those
        that are not held go with it. Nothing comes where no later load has the path.
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
        """Drop a path that is known no more."""
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
