"""The commands `token` and `check`: they look at streams and report."""

import random
from collections.abc import Callable, Mapping

from proxy.app.single import Single, chosen_of, single
from proxy.clock import Clock
from proxy.diagnosis.fault import cause_of
from proxy.diagnosis.finding import Finding
from proxy.diagnosis.token_report import UNKNOWN, moment, told
from proxy.diagnosis.walk import Walk
from proxy.errors import StartError, TokenError
from proxy.settings import Settings

Say = Callable[[str], None]


async def show_token(
    settings: Settings,
    stream: str,
    *,
    reveal: bool,
    say: Say,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
) -> bool:
    """Print everything about a token of the stream; return whether there was one.

    Raises StartError if there is no such stream.
    """
    async with single(
        settings, stream, environ=environ, clock=clock, rng=rng
    ) as opened:
        try:
            token = await opened.token()
        except TokenError as error:
            cause = cause_of(error, opened.facts)
            say(f"{error}\nfault: {cause.whose}\ndo:    {cause.advice}")
            return False
        for line in told(token, opened.purpose, now=clock.wall(), reveal=reveal):
            say(line)
    return True


async def check(
    settings: Settings,
    streams: tuple[str, ...],
    *,
    say: Say,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
) -> bool:
    """Check the named streams; without names, all streams that are not families.

    Return whether every step succeeded. Raises StartError for a wrong name before the
    first step.
    """
    named = streams or tuple(
        name for name, each in settings.streams.items() if not each.family
    )
    if not named:
        raise StartError("all streams are families; name a member: FAMILY/ID")
    for name in named:
        chosen_of(settings, name)
    well = True
    for name in named:
        say(f"{name}")
        async with single(
            settings, name, environ=environ, clock=clock, rng=rng
        ) as opened:
            well &= await _walk(opened, say, clock)
    return well


async def _walk(opened: Single, say: Say, clock: Clock) -> bool:
    async def token() -> str:
        came = await opened.token()
        ends = moment(came.expires_at, clock.wall())
        told = "has no known expiry" if ends == UNKNOWN else f"expires {ends}"
        return f"from {opened.purpose.source}; {told}"

    def tell(finding: Finding) -> None:
        for line in finding.lines():
            say(line)

    return await Walk(
        opened.unit.stream,
        token if opened.unit.keeper else None,
        say=tell,
        mono=clock.mono,
        follow=opened.follow,
        facts=opened.facts,
    ).run()
