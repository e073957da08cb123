"""Finds the resource for a name that the catalog lacks, for example after a restart.

A name missing from the catalog is not necessarily unknown. If it is well-formed, the
proxy first loads its parents: the entry, then the playlist of its folder. All requests
share these loads. A parent is loaded at most once per target duration, a live playlist
once per part or second, an ended one never again. If the name does not show its
playlist, a few playlists per minute are guessed. So random names cannot drive upstream
traffic.
"""

import contextlib
import math
from collections import Counter
from collections.abc import Iterable

from proxy.clock import Clock
from proxy.core.http.headers import PLAYLISTS
from proxy.deadline import deadline_at, hasty
from proxy.errors import (
    BadAnswerError,
    HlsAuthProxyError,
    NameUndecidedError,
    NameUnknownError,
)
from proxy.localise.catalog import Catalog
from proxy.localise.listing import Resource
from proxy.localise.parents import Parents, PossibleParent
from proxy.streams.guesses import Guesses
from proxy.streams.loading import Loader


class Lookup:
    """Maps names of one presentation to resources that can be requested now."""

    def __init__(self, loader: Loader, catalog: Catalog, *, clock: Clock) -> None:
        self._loader = loader
        self._loads = loader.loads
        self._catalog = catalog
        self._clock = clock
        self._guesses = Guesses(clock=clock)
        self._guessing = Counter[str]()
        self._parents = Parents(
            catalog, self._likely_first, lambda: self._guesses.wait_seconds > 0
        )

    def known(self, path: str) -> Resource | None:
        """Return the resource at the path, if a loaded playlist lists it."""
        return self._catalog.find(path)

    async def find(self, path: str) -> Resource:
        """Return the resource at the path, or raise NameUnknownError.

        A live playlist that was loaded a moment ago is loaded again once it may list
        more: the player may have the name from another replica of the proxy.
        """
        resource = self._catalog.find(path)
        if resource is not None:
            return resource
        since = self._clock.mono()
        for last in (False, True):
            resource, again_at = await self._search(path, since)
            if resource is not None:
                return resource
            if again_at is None or last:
                break
            now = self._clock.mono()
            if again_at >= deadline_at(now).at:
                break
            await self._clock.sleep(again_at - now)
        unknown = NameUnknownError("no such name")
        unknown.forbidden = self._catalog.forbidden(path)
        raise unknown

    async def _search(
        self, path: str, since: float
    ) -> tuple[Resource | None, float | None]:
        """Look for the path in its parents.

        Returns the resource, or the time to look again, if some parents were loaded
        before `since`. Raises the failure of a parent that may list the path.
        """
        failure: HlsAuthProxyError | None = None
        again_at: float | None = None
        for parent in self._parents.of(path):
            try:
                await self._look_at(parent)
            except HlsAuthProxyError as error:
                # Another parent may list it. If none does, this is the reason.
                told = parent.decisive and not self._is_media(parent.path, error)
                failure = failure or (error if told else None)
            resource = self._catalog.find(path)
            if resource is not None:
                self._guesses.right(parent.path)
                return resource, None
            last = self._loads.last(parent.path)
            if last is not None and last.is_older(since):
                again_at = max(again_at or 0.0, last.again_at)
        if failure is not None:
            failure.forbidden = failure.forbidden or self._catalog.forbidden(path)
            raise failure
        return None, again_at

    async def _look_at(self, parent: PossibleParent) -> None:
        """Load a parent; raise NameUndecidedError if no guess is left for it."""
        path = parent.path
        if not parent.guess:
            await self._warm(path, patient=True)
            return
        shared = self._guessing[path] > 0 or not self._loads.may_tell_more(path)
        if not shared and not self._guesses.take(path):
            wait = self._guesses.wait_seconds
            raise NameUndecidedError("too many names are unknown", retry_after=wait)
        self._guessing[path] += 1
        try:
            # Of many candidates, a broken one must not use up all the time.
            await self._warm(path, patient=False)
        finally:
            self._guessing[path] -= 1
            self._guessing += Counter()  # drops entries at zero

    async def _warm(self, path: str, *, patient: bool) -> None:
        """Load a parent, unless its last load is recent enough.

        If `patient`, transient failures are retried.
        """
        if self._catalog.get(path) is None:
            return
        last = self._loads.last(path)
        if last is None or last.again_at <= self._clock.mono():
            await self._asked(path, patient=patient)
        elif last.error is None and not self._catalog.knows_children_of(path):
            await self._asked(path, patient=patient)  # its names were dropped since
        elif last.error is not None:
            raise last.error.without_trace()

    async def _asked(self, path: str, *, patient: bool) -> None:
        with contextlib.nullcontext() if patient else hasty():
            await self._loader.load(path)

    def _likely_first(self, paths: Iterable[str]) -> list[str]:
        def loaded_at(path: str) -> float:
            last = self._loads.last(path)
            return -math.inf if last is None or last.error else last.begun_at

        told = (path for path in paths if self._loads.may_tell_more(path, failed=True))
        return self._guesses.likely_first(told, loaded_at)

    def _is_media(self, path: str, error: HlsAuthProxyError) -> bool:
        """Return whether a possible playlist turned out to be something else."""
        resource = self._catalog.get(path)
        listed = resource is not None and resource.kind in PLAYLISTS
        return isinstance(error, BadAnswerError) and not listed
