"""One stream without a server, for the commands that look at a stream."""

import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import KW_ONLY, dataclass
from http import HTTPStatus

from proxy.app.lifetime import Lifetime
from proxy.app.sinks import Sinks
from proxy.app.surroundings import surroundings_of
from proxy.app.unit import Unit, single_unit
from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.core.tokens.templates.template import fill, holes
from proxy.core.tokens.token import Token
from proxy.diagnosis.stream_facts import StreamFacts
from proxy.diagnosis.token_report import Purpose
from proxy.errors import ChildRefusedError, NameUnknownError, StartError
from proxy.fetch.asking import Upstream
from proxy.observe.event_log import EventLog
from proxy.settings import Settings, StoreSettings, StreamSettings, providers
from proxy.settings.errors.mistakes import choice
from proxy.settings.sources.signing import Signing
from proxy.settings.stream.placement import PlacementSettings
from proxy.settings.values.placeholders import MEMBER, values
from proxy.store.store import TieredStore
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question

_BOUND = {
    "stream": "one token for the whole stream",
    "url": "one token for each URL",
    "once": "one token for each request",
}


@dataclass(frozen=True, slots=True)
class Single:
    """A stream, its settings with all placeholders filled, and access to its token."""

    name: str
    member: str
    """The id if the stream is a member of a family, else empty."""
    _: KW_ONLY
    settings: StreamSettings
    unit: Unit
    store: TieredStore

    async def token(self) -> Token:
        """Return a token for the entry; raises TokenUnavailableError with the cause.

        If tokens are bound to one request, each call returns a new one.
        """
        keeper = self.unit.keeper
        if keeper is None:
            raise StartError(f"the stream {self.name} has no token: it is open")
        kept = await keeper.token()
        return kept.of(self.unit.entry)

    async def follow(self, url: str, headers: Mapping[str, str]) -> tuple[int, Answer]:
        """Request a URL that the stream redirects players to, as they do.

        Raises an UpstreamError if it is refused.
        """

        async def again(url: str) -> Stamped:
            return Stamped(url)

        fields = tuple(headers.items())
        answer = await self.unit.upstream.ask(
            Question(
                "GET",
                url,
                kind=Kind.SEGMENT,
                stamp=Stamped,
                again=again,
                clean=str,
                headers=fields,
            )
        )
        if answer.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            return answer.status, answer
        answer.close()
        reason = "refused to a player that was redirected there"
        raise ChildRefusedError(reason, status=answer.status)

    @property
    def facts(self) -> StreamFacts:
        """Return what its settings say, for advice."""
        settings, token = self.settings, self.settings.token
        address, host = _written(settings, self.member)
        return StreamFacts(
            self.name.partition("/")[0],
            settings.origins,
            spreads=token is not None and settings.reach == "all",
            source=token.source if token else "",
            key_id=isinstance(token, Signing)
            and bool(token.key_id or token.key_id_file),
            address=address,
            host=host,
            wanted=self.name,
        )

    @property
    def purpose(self) -> Purpose:
        """Return what its token is for, as text."""
        settings = self.settings
        source = settings.token.source if settings.token else "none"
        everything = settings.reach == "all"
        where = sorted({uri.origin(settings.url), *settings.reach_origins})
        return Purpose(
            source=f"{source}, {_BOUND[settings.binding]}",
            places=tuple(map(_place, settings.placement)),
            reach=("every request" if everything else "only the entry playlist")
            + f" on {', '.join(where)}",
            playback_id=self.member or settings.playback_id,
        )


@contextlib.asynccontextmanager
async def single(
    settings: Settings,
    wanted: str,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    store: StoreSettings | None = None,
    line: Upstream | None = None,
    anew: bool = False,
) -> AsyncIterator[Single]:
    """Build the stream `NAME` or the member `FAMILY/ID` while the block lasts.

    By default nothing is kept: a check looks at the upstream, not at what was kept of
    it. Nothing is fetched ahead, because no player asks. `line` takes the place of the
    HTTP client. With `anew`, kept playlists are loaded again. Raises StartError if
    there is no such stream, or if it cannot be built.
    """
    name, member, chosen = chosen_of(settings, wanted)
    alone = chosen.store.model_copy(update={"ahead": 0})
    chosen = chosen.model_copy(update={"store": alone, "preconnect": False})
    kept = store or StoreSettings(memory_bytes=0)
    asking = settings.model_copy(update={"store": kept})
    around = surroundings_of(asking, environ=environ, clock=clock, rng=rng)
    if around.caches.recordings is not None:
        around.caches.recordings.blind = anew
    sinks = Sinks(EventLog()).of_stream(name)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(around.close)
        lifetime = Lifetime()
        stack.push_async_callback(lifetime.end)
        unit = single_unit(
            name, chosen, sinks, around, local=wanted, lifetime=lifetime, line=line
        )
        yield Single(wanted, member, settings=chosen, unit=unit, store=around.store)


def chosen_of(settings: Settings, wanted: str) -> tuple[str, str, StreamSettings]:
    """Return the configured name, a member's id, and the settings of a stream.

    Raises StartError if there is no such stream.
    """
    name, slash, member = wanted.partition("/")
    chosen = settings.streams.get(name)
    if chosen is None:
        wanted_one = choice(name, settings.streams)
        raise StartError(f'there is no stream "{name}"; {wanted_one}')
    if chosen.family != bool(slash):
        form = f"{name}/ID, as it is a family" if chosen.family else f"only {name}"
        raise StartError(f'"{wanted}" is not a stream; expected {form}')
    try:
        return name, member, chosen.for_member(member) if member else chosen
    except NameUnknownError as exc:
        found = f'"{member}" cannot be the id of a stream'
        raise StartError(f"{found}; expected A-Z a-z 0-9 . _ - only") from exc


def _place(settings: PlacementSettings) -> str:
    """Return where the token goes, as text."""
    way, which = settings.place
    words = {
        "whole_url": "the whole URL of the entry",
        "query": f"query parameter {which}",
        "path_part": f"part {which} of the path",
        "path_prefix": f"part {settings.at} of the path, after {which}",
        "basic": f"Basic authentication as {which}",
    }
    if isinstance(which, tuple):
        return f"query parameters {', '.join(which)}"
    return words.get(way, f"{way} {which}")


def _written(settings: StreamSettings, member: str) -> tuple[tuple[str, ...], str]:
    """Return the settings that form the stream's URL, and the one that sets its host.

    A provider's template is not included: the user did not write it.
    """
    provider = providers.provider(settings.provider)
    given = provider.stream.get("url", "")
    known = values(
        {
            "playback_id": settings.playback_id,
            "host": settings.host,
            "variables": settings.variables,
        }
    )
    if not given or fill(fill(given, known), {MEMBER: member}) != settings.url:
        return ("url",), "url"
    default = provider.stream.get("host")
    held = holes(given) - ({"host"} if settings.host == default else set())
    written = tuple(sorted(held - {MEMBER}))
    named = held & holes(uri.split(given).authority or "")
    return written or ("provider",), min(named, default="")
