"""Builds the site from settings: its streams, and who may use them."""

from proxy.core.http.hosts import Hosts
from proxy.settings import LimitSettings, ServerSettings, Settings
from proxy.streams.directory import Streams
from proxy.web.access import Access
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.protocol import Limits
from proxy.web.site import Site


def site_of(streams: Streams, settings: Settings) -> Site:
    """Return the site; the current log settings decide how requests are logged."""
    server = settings.server
    return Site(
        streams=streams,
        guard=_guard(server),
        public_url=server.public_url or None,
        limits=_limits(settings.limits, server),
    )


def _limits(limits: LimitSettings, server: ServerSettings) -> Limits:
    return Limits(
        connections=limits.connections,
        connections_per_address=limits.connections_per_address,
        drain_seconds=server.shutdown_seconds,
    )


def _guard(server: ServerSettings) -> Guard:
    key = server.access_key
    access = Access(server.allowed_networks, key.get_secret_value() if key else None)
    return Guard(Hosts.of(*server.hosts), access, Cors(frozenset(server.cors_origins)))
