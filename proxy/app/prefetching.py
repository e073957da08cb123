"""The command `prefetch`: fetches a recording to the disk before it is played."""

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from proxy.app.fetching_all import Bar, FetchAll, missing_of
from proxy.app.prefetch_plan import PrefetchPlan, plan_of
from proxy.app.single import Single, chosen_of, single
from proxy.clock import Clock
from proxy.diagnosis.walk import failure_of
from proxy.errors import HlsAuthProxyError, StartError, UnreachableError
from proxy.settings import Settings, StoreSettings
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question

Say = Callable[[str], None]

_MEGABYTE = 1_000_000


class Unplugged:
    """An HTTP client that never reaches the upstream, so only the disk can answer."""

    async def ask(self, question: Question) -> Answer:
        """Raise UnreachableError."""
        del question
        raise UnreachableError("the line is unplugged for this check")


async def prefetch(
    settings: Settings,
    stream: str,
    renditions: Iterable[str],
    *,
    say: Say,
    bar: Bar,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
) -> bool:
    """Fetch a recording to the disk; return whether all of it is on the disk then.

    Without `renditions`, all are fetched. Playlists are loaded again, so that the
    platform confirms them. Media that is already on the disk is not fetched again.
    Raises StartError if this is not possible with the stream or the configuration.
    """
    store = _store_of(settings, stream)
    opened = partial(
        single, settings, stream, environ=environ, clock=clock, rng=rng, store=store
    )
    async with opened(anew=True) as online:
        fetched = await _fetched(online, renditions, say=say, bar=bar, clock=clock)
    if fetched is None:
        return False
    plan = fetched.plan
    async with opened(line=Unplugged()) as offline:
        with bar("checking", len(plan.everything)) as progress:
            missing = await missing_of(offline.unit.stream, plan.everything, progress)
    if missing:
        say(_complaint(stream, missing, len(plan.everything), store))
        return False
    say(f"{stream}: plays offline; {_summary(fetched)}")
    if plan.encrypted:
        say(
            "note: it is encrypted, and keys are never kept on a disk: it starts only "
            "while the platform can be reached"
        )
    return True


class _Fetched(NamedTuple):
    """What was fetched of a recording."""

    plan: PrefetchPlan
    had: int
    """How many files were on the disk before."""
    bytes: int


async def _fetched(
    online: Single, renditions: Iterable[str], *, say: Say, bar: Bar, clock: Clock
) -> _Fetched | None:
    """Fetch a recording; if that fails, say whose fault it is, and return None."""
    began, player = clock.mono(), online.unit.stream
    trusted = online.settings.store.trust == "playlist"
    try:
        plan = await plan_of(player, online.name, renditions, trusted=trusted)
        say(f"{online.name}: {', '.join(plan.renditions)}")
        fetching = FetchAll(player, online.store.copied, clock)
        with bar("fetching", len(plan.pieces)) as progress:
            await fetching.run(plan.pieces.values(), progress)
    except StartError:
        raise
    except HlsAuthProxyError as error:
        took = clock.mono() - began
        for line in failure_of("prefetch", error, took, online.facts).lines():
            say(line)
        return None
    return _Fetched(plan, fetching.had, fetching.bytes)


def _store_of(settings: Settings, stream: str) -> StoreSettings:
    """Return the settings of the store; raise StartError if they do not allow this."""
    name, _, chosen = chosen_of(settings, stream)
    store = settings.store
    if store.dir is None:
        raise StartError("store.dir is not set; expected the folder to fill")
    if not chosen.store.keep:
        raise StartError(f"streams.{name}.store.keep: false; expected true")
    if chosen.delivery == "redirect":
        found = f'streams.{name}.delivery: "redirect"'
        raise StartError(f'{found}; expected "relay": media has to pass through here')
    return store


def _summary(fetched: _Fetched) -> str:
    new, megabytes = len(fetched.plan.pieces) - fetched.had, fetched.bytes / _MEGABYTE
    return (
        f"{new:,} files fetched ({megabytes:,.1f} MB read), {fetched.had:,} were there"
    )


def _complaint(
    stream: str,
    missing: Mapping[str, HlsAuthProxyError],
    count: int,
    store: StoreSettings,
) -> str:
    path = next(iter(missing))
    return (
        f"FAILED  {stream}: {len(missing):,} of {count:,} files are not on the disk, "
        f"such as {path}\n"
        f"        either they do not fit: see store.disk_bytes ({store.disk_bytes:,})\n"
        "        or the platform forbids that (Cache-Control): see its store.trust\n"
        f"        or the disk is full or cannot be written: see {store.dir}"
    )
