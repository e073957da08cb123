"""The demo's origin without sockets: routes requests and records them.

The front serves what a token opens. The edge, another origin, serves what a signed URL
opens. `origin_server` puts each on a port.
"""

import random
import secrets
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

from proxy.clock import Clock
from proxy.demo import bearer, cloudflare, fastpix
from proxy.demo.guards import TokenCheck
from proxy.demo.low_latency import LL_ID, LowLatency
from proxy.demo.media import Container
from proxy.demo.origin_exchange import House, OriginReply, OriginRequest, missing
from proxy.demo.part_timeline import PartTimeline
from proxy.demo.programme import ENCRYPTED, LIVE_ID, VOD_ID, Programme
from proxy.demo.record import UNKNOWN, Record, Recorder
from proxy.demo.signing import Signer
from proxy.demo.timeline import Live, recording

# The live streams have already run this long at the start, so their playlists are full
# and their sequence numbers are not zero.
LIVE_BEFORE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class OriginSettings:
    """How the origin behaves."""

    public_key: str
    """The public key that tokens are checked with, as PEM."""
    _: KW_ONLY
    child_seconds: float = 20.0
    """How long a signed child URL is valid."""
    vod_seconds: float = 600.0
    """The minimum length of the recordings."""
    subtitles: bool = True
    """Whether the entry playlists list the subtitles."""
    live_container: Container = Container.TS
    """The container of all live streams except bearer's.

    At each reload of a live playlist with an init section, FFmpeg reads that section
    again and warns ("Found duplicated MOOV Atom"). MPEG-TS avoids the warning."""
    stall_after: float | None = None
    """Seconds after which the encoder of the low-latency stream stops; None: never."""
    vod_container: Container = Container.FMP4
    """The container of all recordings except bearer's."""
    bearer_container: Container = Container.TS
    """The container of bearer's live stream and recording."""
    encrypted: frozenset[str] = ENCRYPTED
    """The renditions that are encrypted."""
    ports: tuple[int, int] = (0, 0)
    """The ports of the front and of the edge; 0 picks a free one."""


class DemoOrigin:
    """Answers requests to both ports, and counts them."""

    def __init__(
        self,
        settings: OriginSettings,
        *,
        front_url: str,
        edge_url: str,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.front_url = front_url
        self.edge_url = edge_url
        self._clock = clock
        self._recorder = Recorder()
        now = clock.wall()
        began = now - LIVE_BEFORE_SECONDS
        stalls = None if settings.stall_after is None else now + settings.stall_after
        low = {LL_ID: LowLatency(PartTimeline(began, stalls))}
        mixed = _programmes(
            settings, settings.live_container, settings.vod_container, began
        )
        alone = settings.bearer_container
        uniform = _programmes(settings, alone, alone, began)
        guard, listed = TokenCheck(settings.public_key), settings.subtitles
        secret = secrets.token_bytes(32)
        signer = Signer(secret, seconds=settings.child_seconds, rng=rng)
        self._guard = guard
        self._edge = fastpix.FastPixEdge({**mixed, **low}, signer, edge_url=edge_url)
        # The first kind of protection whose path shape matches answers.
        self._front: tuple[House, ...] = (
            bearer.Bearer({**uniform, **low}, guard, subtitles=listed),
            fastpix.FastPixFront(
                {**mixed, **low}, guard, signer, edge_url=edge_url, subtitles=listed
            ),
            cloudflare.Cloudflare({**mixed, **low}, guard, subtitles=listed),
        )

    def front(self, ask: OriginRequest) -> OriginReply:
        """Answer a request to the front, and record it unless it has to wait."""
        for house in self._front:
            if house.serves(ask.path):
                return self._recorded(house, ask)
        self._recorder.note(UNKNOWN)
        return missing()

    def edge(self, ask: OriginRequest) -> OriginReply:
        """Answer a request to the edge, and record it unless it has to wait."""
        return self._recorded(self._edge, ask)

    def accept(self, *public_keys: str) -> None:
        """Accept tokens signed by these keys from now on, and no others."""
        self._guard.accept(*public_keys)

    def record(self) -> Record:
        """Return the requests recorded so far."""
        return self._recorder.snapshot()

    def _recorded(self, house: House, ask: OriginRequest) -> OriginReply:
        reply = house.answer(ask, self._clock.wall())
        if reply.again_at is not None:
            return reply
        self._recorder.note(
            reply.stream,
            refusal=reply.refusal,
            stray=house.stray(ask),
            token_life=reply.token_life,
        )
        return reply


def _programmes(
    settings: OriginSettings, live: Container, vod: Container, began: float
) -> Mapping[str, Programme]:
    return {
        name: Programme(name, container, timeline, encrypted=settings.encrypted)
        for name, container, timeline in (
            (LIVE_ID, live, Live(began)),
            (VOD_ID, vod, recording(settings.vod_seconds)),
        )
    }
