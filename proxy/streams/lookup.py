"""Finds what stands behind a name that the catalog does not have: after a restart.

Cold is not unknown. A well-formed name that the catalog does not have makes the proxy
load its parents first: the entry, then the playlist of its folder; shared by all who
ask, at most once per target duration, of a live playlist once per part or second, never
again for an ended one. Where the name does not tell its playlist a few are guessed in
a minute. So random names cannot drive upstream traffic.
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
from proxy.localise.parents import Parent, Parents
from proxy.streams.guesses import Guesses
from proxy.streams.loading import Loader


class Lookup:
    """Names of one presentation -> resources that can be asked for now."""

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
        """Return what the path stands for, if a playlist that is here names it."""
        return self._catalog.find(path)

    async def find(self, path: str) -> Resource:
        """Return what the path stands for, or raise NameUnknownError.

        A live playlist that was looked at a moment ago is looked at again when it may
        name more: another replica may have told the player of it.
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

        Return what was found, or when to look again because some were seen before
        `since`. Raise the failure of a parent that may have named it.
        """
        failure: HlsAuthProxyError | None = None
        again_at: float | None = None
        for parent in self._parents.of(path):
            try:
                await self._look_at(parent)
            except HlsAuthProxyError as error:
                # Another parent may name it; if none does, this is why.
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

    async def _look_at(self, parent: Parent) -> None:
        """Load what may name something; raise NameUndecidedError where it must wait."""
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
            # Of many that may name it, one that is broken must not take all the time.
            await self._warm(path, patient=False)
        finally:
            self._guessing[path] -= 1
            self._guessing += Counter()  # without those at nought

    async def _warm(self, path: str, *, patient: bool) -> None:
        """Load a parent, unless its last load is recent enough to speak for it.

        If `patient`, failures that may pass are waited out.
        """
        if self._catalog.get(path) is None:
            return
        last = self._loads.last(path)
        if last is None or last.again_at <= self._clock.mono():
            await self._asked(path, patient=patient)
        elif last.error is None and not self._catalog.knows_children_of(path):
            await self._asked(path, patient=patient)  # what it named was dropped since
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
        """Tell whether what might have been a playlist turned out to be none."""
        resource = self._catalog.get(path)
        listed = resource is not None and resource.kind in PLAYLISTS
        return isinstance(error, BadAnswerError) and not listed
