"""Each provider file makes a working stream from the few things only a user knows."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from proxy.core.hls.names import Volatile
from proxy.secret_file import SecretFile
from proxy.settings.providers import GENERIC, completed, known, provider
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.sources.token import SOURCES
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from proxy.tokens.keys.key_files import load_key
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.sources import sign_jwt
from tests.fake_clock import FakeClock
from tests.providers.platforms.table import ROWS
from tests.tokens.scripted import seeded

VECTORS = Path(__file__).parent / "vectors"
SIGNED = {"source": "sign-jwt", "key_env": "KEY", "key_id": "kid-0001"}
LEAST: dict[str, dict[str, Any]] = {
    "cloudflare-stream": {"host": "customer-a.cloudflarestream.com"},
    "fastpix": {},
}
CONFIG = Path(__file__).parents[2] / "config"


def stream(name: str, **keys: object) -> StreamSettings:
    """Return a stream with a token of the provider's, from minimal settings."""
    table = {"provider": name, "playback_id": "p1", "token": SIGNED}
    around = ValueContext(Path(), {"KEY": "CANARY"})
    return StreamSettings.model_validate(
        completed(table | LEAST[name] | keys), context=around
    )


def steady(settings: StreamSettings, url: str) -> str:
    """Return the URL as used for names: without its volatile parts."""
    volatile = settings.volatile
    return Volatile(volatile.query, volatile.path).remove(url)


def vector(name: str) -> dict[str, Any]:
    """Return a token that the platform is known to accept."""
    vectors = json.loads((VECTORS / "vectors.json").read_text())
    return next(v for v in vectors if (v["provider"], v["kind"]) == (name, "jwt"))


def profiled(name: str) -> set[tuple[str, str]]:
    """Return the profiles and streams that use a provider."""
    return {
        (path.stem, stream)
        for path in CONFIG.glob("*.toml")
        for stream, table in tomllib.loads(path.read_text("utf-8"))["streams"].items()
        if table.get("provider", GENERIC) == name
    }


@pytest.mark.parametrize("name", known())
def test_a_provider_has_a_description(name: str) -> None:
    """For the list of providers."""
    assert provider(name).description


@pytest.mark.parametrize("name", known())
def test_a_provider_names_only_sources_that_exist(name: str) -> None:
    """Otherwise a typo in `sources` would go unnoticed."""
    assert provider(name).sources.keys() <= set(SOURCES)


@pytest.mark.parametrize("name", known())
def test_a_provider_has_a_profile_that_is_played(name: str) -> None:
    """In `config/`, and from an emulation of its platform (`platforms/`)."""
    played = {(row.cast.profile, row.cast.stream) for row in ROWS.values()}
    assert profiled(name) & played


def test_fastpix_has_several_hosts() -> None:
    """The older domain and a custom one are whole hosts, without a prefix."""
    for host in ("stream.fastpix.io", "video.example.com"):
        assert stream("fastpix", host=host).url == f"https://{host}/p1.m3u8"


def test_fastpix_only_opens_the_entry() -> None:
    """Its children are on other hosts and signed by FastPix."""
    lobby = stream("fastpix")
    assert lobby.url == "https://stream.fastpix.com/p1.m3u8"
    assert (lobby.reach, lobby.follow) == ("entry", "public")
    assert [place.query for place in lobby.placement] == ["token"]
    assert lobby.refused == {401, 403}
    assert lobby.not_ready == {400, 404}


async def test_fastpix_gets_the_documented_token() -> None:
    """Byte for byte: the claims keep the order of the file."""
    wanted = vector("fastpix")
    issued, expires = wanted["claims"]["iat"], wanted["claims"]["exp"]
    playback_id = wanted["claims"]["aud"].removeprefix("media:")
    token = stream("fastpix", playback_id=playback_id).token
    assert isinstance(token, SignJwt)
    now = issued + sign_jwt.BACKDATE_SECONDS
    key_file = SecretFile(VECTORS / wanted["key_file"], shared=True)
    source = sign_jwt.JwtSigner(
        claims=token.claims,
        headers=token.headers,
        lifetime=expires - now,
        key=SigningKey(
            algorithm=token.algorithm,
            key=load_key(key_file, token.algorithm),
            key_id=token.key_id,
        ),
        clock=FakeClock(now),
        rng=seeded(),
    )
    assert (await source.fetch()).fields["token"] == wanted["token"]


@pytest.mark.parametrize("blob", ["a" * 64, "Zm9v%2BYmFy%2F" * 30])
def test_names_at_fastpix_ignore_signed_paths_and_queries(blob: str) -> None:
    """Parameters that select content are part of the name."""
    url = f"https://cdn.fastpix.io/{blob}/video_1080/1.m4s?cdn=cf&expires=1&Signature=a"
    assert steady(stream("fastpix"), url).endswith(".io/*/video_1080/1.m4s")
    entry = "https://stream.fastpix.com/p1.m3u8?maxResolution=720p"
    assert steady(stream("fastpix"), entry) == entry


def test_fastpix_leaves_shorter_and_deeper_parts_unchanged() -> None:
    """An id is no signature, and only the first part of a path is one."""
    for path in ("a" * 63 + "/1.m4s", "v/" + "a" * 70 + "/1.m4s"):
        url = f"https://cdn.fastpix.io/{path}"
        assert steady(stream("fastpix"), url) == url


def test_cloudflare_gets_the_token_in_every_path() -> None:
    """In place of the video's id, on its own origin."""
    keynote = stream("cloudflare-stream")
    assert (
        keynote.url == "https://customer-a.cloudflarestream.com/p1/manifest/video.m3u8"
    )
    assert (keynote.reach, keynote.follow) == ("all", "listed")
    assert [place.path_part for place in keynote.placement] == [1]


def test_cloudflare_gets_its_claims() -> None:
    """Those of its own example, and the start of the token's validity."""
    wanted = vector("cloudflare-stream")
    rules = wanted["claims"]["accessRules"]
    token = stream(
        "cloudflare-stream",
        playback_id=wanted["claims"]["sub"],
        token={**SIGNED, "claims": {"accessRules": rules}},
    ).token
    assert isinstance(token, SignJwt)
    assert token.headers == {"kid": "{key_id}"}
    assert token.claims == {
        **wanted["claims"],
        "kid": "{key_id}",
        "nbf": "{issued}",
        "exp": "{expires}",
    }


def test_cloudflare_accepts_a_day_at_most() -> None:
    """Longer tokens would be refused at every request."""
    day = stream("cloudflare-stream", token={**SIGNED, "lifetime": "24h"})
    assert isinstance(day.token, SignJwt)
    assert day.token.lifetime == 86400.0
    with pytest.raises(ValidationError, match="86401"):
        stream("cloudflare-stream", token={**SIGNED, "lifetime": 86401})


def test_cloudflare_numbers_its_playlists() -> None:
    """The revision changes with every load; segments have none."""
    keynote = stream("cloudflare-stream")
    host = "https://customer-a.cloudflarestream.com/*"
    playlist = f"{host}/manifest/stream_t12_r345.m3u8"
    assert steady(keynote, playlist) == f"{host}/manifest/stream_t12_r*.m3u8"
    segment = f"{host}/video/720_r5/seg_1.mp4"
    assert steady(keynote, segment) == segment
