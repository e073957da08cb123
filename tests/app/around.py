"""What all parts of the program share, in a test."""

from collections.abc import Mapping

from proxy.app.services import ClosableTokenService, Services
from proxy.app.storing import store_of
from proxy.app.surroundings import Surroundings
from proxy.clock import Clock
from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import UnreachableError
from proxy.localise.editions import EditionStore
from proxy.settings import Settings
from proxy.streams.blueprint import SharedCaches
from proxy.streams.budget import Budget
from proxy.streams.snapshot_store import SnapshotStore
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded


class NoService:
    """A client for token services on a machine without a network."""

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Fail."""
        del request
        raise UnreachableError("there is no network")

    async def close(self) -> None:
        """Do nothing."""


def surroundings(
    settings: Settings,
    environ: Mapping[str, str] | None = None,
    *,
    clock: Clock | None = None,
    client: ClosableTokenService | None = None,
) -> Surroundings:
    """Return what all parts share; no token service can be reached by default."""
    clock = clock or FakeClock()
    return Surroundings(
        environ=environ or {},
        clock=clock,
        rng=seeded(),
        user_agent="test",
        settings=settings,
        services=Services(
            client or NoService(), clock, shared=settings.server.shared_secret_files
        ),
        caches=SharedCaches(
            snapshots=SnapshotStore(0),
            editions=EditionStore(1 << 24, clock=clock),
            names=Budget(settings.limits.total_names, clock=clock),
        ),
        store=store_of(settings.store),
    )
