"""All events, and the type of the function that reports them."""

from collections.abc import Callable
from typing import TypeAlias

from proxy.events.exposed_secret import SecretExposed
from proxy.events.playlist_warning import PlaylistWarned
from proxy.events.refresh import Refresh
from proxy.events.reload import ConfigurationLoaded, Reloaded
from proxy.events.stream_change import StreamConfigured, StreamRemoved
from proxy.events.upstream import ClockSkew, Exchange
from proxy.events.visit import VisitEnded

Event: TypeAlias = (
    VisitEnded
    | Exchange
    | Refresh
    | ClockSkew
    | PlaylistWarned
    | SecretExposed
    | StreamConfigured
    | StreamRemoved
    | ConfigurationLoaded
    | Reloaded
)

Tell: TypeAlias = Callable[[Event], None]
"""Reports an event to one or more sinks. It does not wait and does not raise."""
