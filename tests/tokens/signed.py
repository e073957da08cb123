"""Tokens signed by a configuration, from its keys to the bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proxy.app.lifetime import Lifetime
from proxy.app.sources import source_of
from proxy.core.tokens.token import Token
from proxy.settings import ServerSettings, Settings
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from proxy.tokens.source import Source
from proxy.tokens.sources.sign_hash import HashSigner
from tests.app.around import surroundings
from tests.fake_clock import FakeClock

AROUND = ValueContext(Path(), {}, shared_secret_files=True)
URL = "https://media.example.com/live/master.m3u8"
LIFETIME = 300.0
EXPIRES = 1_700_000_000.0
ISSUED = int(EXPIRES - LIFETIME - 60)


def settings_of(
    token: Mapping[str, Any], *, url: str = URL, **keys: object
) -> StreamSettings:
    """Return a stream with these settings, and the placement that its token needs."""
    fields = token.get("fields", {"token": ""})
    placement = [{"query": name, "value": f"{{{name}}}"} for name in fields]
    table = {"url": url, "token": token, "placement": placement, **keys}
    return StreamSettings.model_validate(table, context=AROUND)


def source_for(settings: StreamSettings, *, now: float) -> Source:
    """Return the source as the program builds it."""
    assert settings.token is not None
    server = ServerSettings(shared_secret_files=True)
    whole = Settings(server=server, streams={"lobby": settings})
    around = surroundings(whole, clock=FakeClock(now))
    return source_of(settings.token, around, entry=settings.url, user=Lifetime())


async def fetched(
    token: Mapping[str, Any], *, url: str = URL, expires: float = EXPIRES
) -> Token:
    """Return the token for the entry that expires then."""
    settings = settings_of({"lifetime": LIFETIME, **token}, url=url)
    lifetime = float(token.get("lifetime", LIFETIME))
    return await source_for(settings, now=expires - lifetime).fetch()


def signer(token: Mapping[str, Any], **keys: Any) -> HashSigner:  # noqa: ANN401 - keys of a stream
    """Return a signer of single URLs, with tokens that expire at `EXPIRES`."""
    settings = settings_of(
        {"source": "sign-hash", "lifetime": LIFETIME, **token}, **keys
    )
    source = source_for(settings, now=EXPIRES - LIFETIME)
    assert isinstance(source, HashSigner)
    return source
