"""The command `prefetch`: fetches a recording to the disk before it is played."""

import random
from collections.abc import Callable, Iterable, Mapping

from proxy.app.fetching_all import Bar, FetchAll, missing_of
from proxy.app.prefetch_plan import Plan, plan_of
from proxy.app.single import chosen_of, single
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
    store, began = _store_of(settings, stream), clock.mono()
    async with single(
        settings,
        stream,
        environ=environ,
        clock=clock,
        rng=rng,
        store=store,
        anew=True,
    ) as opened:
        try:
            trusted = opened.settings.store.trust == "playlist"
            player = opened.unit.stream
            plan = await plan_of(player, stream, renditions, trusted=trusted)
            say(f"{stream}: {', '.join(plan.renditions)}")
            fetching = FetchAll(player, opened.store.copied, clock)
            with bar("fetching", len(plan.pieces)) as progress:
                await fetching.run(plan.pieces.values(), progress)
        except StartError:
            raise
        except HlsAuthProxyError as error:
            took = clock.mono() - began
            for line in failure_of("prefetch", error, took, opened.facts).lines():
                say(line)
            return False
    async with single(
        settings,
        stream,
        environ=environ,
        clock=clock,
        rng=rng,
        store=store,
        line=Unplugged(),
    ) as offline:
        with bar("checking", len(plan.everything)) as progress:
            missing = await missing_of(offline.unit.stream, plan.everything, progress)
    if missing:
        say(_complaint(stream, missing, len(plan.everything), store))
        return False
    fetched = fetching.bytes / _MEGABYTE
    say(f"{stream}: plays offline; {_summary(plan, fetching.had, fetched)}")
    if plan.encrypted:
        say(
            "note: it is encrypted, and keys are never kept on a disk: it starts only "
            "while the platform can be reached"
        )
    return True


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


def _summary(plan: Plan, had: int, megabytes: float) -> str:
    new = len(plan.pieces) - had
    return f"{new:,} files fetched ({megabytes:,.1f} MB read), {had:,} were there"


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
