"""What all parts of the program share."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from typing import Self

import structlog

from proxy.app.commons import Commons
from proxy.app.elsewhere import Elsewhere
from proxy.app.services import Services
from proxy.app.storing import disk_of, playlists_of, store_of
from proxy.clock import Clock
from proxy.localise.editions import EditionStore
from proxy.settings import Settings
from proxy.store.store import TieredStore
from proxy.streams.blueprint import SharedCaches
from proxy.streams.budget import Budget
from proxy.streams.snapshot_store import SnapshotStore
from proxy.tokens.logins.refresh_token import EXCHANGE_SECONDS
from proxy.upstream import standby
from proxy.upstream.service import ServiceClient

log = structlog.get_logger()

DISTRIBUTION = "hls-auth-proxy"

# Enough for the last versions of six renditions with 40,000 segments each, or of 100
# live streams.
_EDITION_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all parts share."""

    environ: Mapping[str, str] = field(repr=False)
    clock: Clock
    rng: random.Random
    user_agent: str
    settings: Settings
    services: Services
    caches: SharedCaches
    store: TieredStore
    """Keeps the media of all streams."""
    elsewhere: Elsewhere | None = None
    """The other process that asks token services for this one, if there is one."""
    connecting: asyncio.Semaphore = field(
        default_factory=partial(asyncio.Semaphore, standby.AT_ONCE)
    )
    """Limits how many streams connect at once before a player comes."""
    commons: Commons | None = None
    """What this process has in common with other workers; None: there is nothing."""

    def changed(self, settings: Settings) -> Self:
        """Return a copy with other settings; everything shared is kept."""
        shared = settings.server.shared_secret_files
        services = replace(self.services, shared=shared)
        return replace(self, settings=settings, services=services)

    async def close(self) -> None:
        """Close what the parts share."""
        await self.services.close()
        if self.caches.recordings is not None:
            await self.caches.recordings.close()
        await self.store.close()


def surroundings_of(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    elsewhere: Elsewhere | None = None,
    commons: Commons | None = None,
) -> Surroundings:
    """Return what all parts of a program with these settings share."""
    user_agent, limits = f"{DISTRIBUTION}/{version(DISTRIBUTION)}", settings.limits
    services = Services(
        ServiceClient(clock=clock, user_agent=user_agent),
        clock,
        shared=settings.server.shared_secret_files,
        grace_seconds=settings.server.shutdown_seconds or EXCHANGE_SECONDS,
    )
    disk = disk_of(settings.store, clock)
    caches = SharedCaches(
        snapshots=SnapshotStore(limits.snapshot_bytes),
        editions=EditionStore(_EDITION_BYTES, clock=clock),
        names=Budget(limits.total_names, clock=clock, full=_full, forgets=True),
        recordings=playlists_of(settings.store, disk, clock),
    )
    return Surroundings(
        environ=environ,
        clock=clock,
        rng=rng,
        user_agent=user_agent,
        settings=settings,
        services=services,
        caches=caches,
        store=store_of(settings.store, disk, commons),
        elsewhere=elsewhere,
        commons=commons,
    )


def _full(limit: int) -> None:
    """Log that the content being played has more names than all streams may have."""
    log.warning(
        "names",
        about="what is played has more names than all streams may: what no playlist "
        f"lists any more is forgotten early; raise limits.total_names ({limit:,})",
    )
