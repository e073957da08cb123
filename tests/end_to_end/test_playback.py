"""A real player plays the whole demo with tokens of seconds, and notices nothing."""

import asyncio
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

import pytest

from proxy.demo.media import Container
from proxy.demo.programme import VOD_ID
from proxy.demo.record import Record, Refusal
from tests.end_to_end.player import Played, play
from tests.end_to_end.stage import Stage, stage

# Seven lifetimes of a token, four of a signed child.
SECONDS = 36
STREAMS = [
    f"{style}-{what}"
    for style in ("fastpix", "cloudflare", "bearer")
    for what in ("vod", "live")
]
# Much less than the shortest buffer of a player of recordings.
MOST_LATER_SECONDS = 1.0
_BAD = {Refusal.MISSING_TOKEN, Refusal.BAD_TOKEN, Refusal.EXPIRED_TOKEN}

pytestmark = pytest.mark.end_to_end


@dataclass(frozen=True, slots=True)
class Performance:
    """All streams played at once, and what each side saw."""

    played: dict[str, Played]
    control: Played
    """The recording of bearer, played at the same time without a proxy."""
    _: KW_ONLY
    record: Record
    shown: bytes
    """Everything that the players received: heads, playlists, media."""
    log: bytes
    secrets: list[bytes]


async def _perform(folder: Path) -> Performance:
    async with stage(folder, Container.TS) as set_up:
        token = ("-headers", f"Authorization: {set_up.bearer(VOD_ID)}\r\n")
        control, *played = await asyncio.gather(
            play(set_up.direct(VOD_ID), SECONDS, *token, paced=True),
            *(
                play(set_up.url(name), SECONDS, paced=name.endswith("vod"))
                for name in STREAMS
            ),
        )
    return Performance(
        dict(zip(STREAMS, played, strict=True)),
        control,
        record=set_up.origin.record(),
        shown=bytes(set_up.tap.seen),
        log=b"".join(set_up.program.log),
        secrets=set_up.secrets,
    )


@pytest.fixture(scope="module")
def performance(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    """Play everything once, at the same time, in real time."""
    return asyncio.run(_perform(tmp_path_factory.mktemp("stage")))


@pytest.mark.parametrize("name", STREAMS)
def test_the_player_notices_nothing(performance: Performance, name: str) -> None:
    """It ends well, complains about nothing and decodes every frame.

    It is no later than a player without the proxy: a busy machine delays both.
    """
    played = performance.played[name]
    assert (played.exit_code, played.complaints) == (0, "")
    assert played.frames[:2] == [25 * SECONDS] * 2
    assert played.frames[2] == pytest.approx(48_000 / 1024 * SECONDS, abs=2)
    assert played.gaps == 0
    assert played.lag <= performance.control.lag + MOST_LATER_SECONDS


@pytest.mark.parametrize("name", STREAMS)
def test_the_origin_saw_no_bad_token(performance: Performance, name: str) -> None:
    """None expired, none missing, none where it does not belong."""
    seen = performance.record.stream(name)
    assert not _BAD & seen.refusals.keys()
    assert seen.stray_tokens == 0
    assert seen.least_token_life is not None
    assert seen.least_token_life > 1


def test_signed_children_expired_during_the_play(performance: Performance) -> None:
    """Otherwise nothing was proven: the recording outlives its signed children."""
    refusals = performance.record.stream("fastpix-vod").refusals
    assert refusals[Refusal.EXPIRED_CHILD] >= SECONDS // 10


def test_s5_the_player_saw_no_secret(performance: Performance) -> None:
    """No token, signature or upstream host in any byte of a head, playlist or log."""
    for secret in performance.secrets:
        assert secret not in performance.shown, secret
    assert performance.shown.count(b"#EXTM3U") > len(STREAMS)


def test_s5_the_log_at_debug_contains_no_secret(performance: Performance) -> None:
    """It contains streams, names and statuses, and that is enough."""
    for secret in performance.secrets:
        assert secret not in performance.log, secret
    assert performance.log.count(b'"event":"upstream"') > len(STREAMS)


async def _survive(folder: Path, name: str) -> tuple[Played, Stage]:
    async with stage(folder, Container.TS, supervised=True) as set_up:
        # The segment that was being fetched when the connection broke.
        patience = ("-seg_max_retry", "5")
        playing = asyncio.create_task(
            play(set_up.url(name), SECONDS, *patience, paced=True)
        )
        await asyncio.sleep(SECONDS / 3)
        await set_up.program.restart()
        return await playing, set_up


@pytest.fixture(scope="module")
def survivals(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Played, Stage]]:
    """Play the recordings while the proxy is killed and restarted."""

    async def survive_all() -> dict[str, tuple[Played, Stage]]:
        names = [name for name in STREAMS if name.endswith("vod")]
        folders = [tmp_path_factory.mktemp(name) for name in names]
        survived = await asyncio.gather(*map(_survive, folders, names))
        return dict(zip(names, survived, strict=True))

    return asyncio.run(survive_all())


@pytest.mark.parametrize("name", [name for name in STREAMS if name.endswith("vod")])
def test_c9_a_recording_outlives_the_proxy(
    survivals: dict[str, tuple[Played, Stage]], name: str
) -> None:
    """It is killed in the middle and restarted, and still knows its names."""
    played, set_up = survivals[name]
    assert played.exit_code == 0
    assert played.frames[:2] == [25 * SECONDS] * 2
    assert played.gaps == 0
    assert not _BAD & set_up.origin.record().stream(name).refusals.keys()


@pytest.fixture(scope="module")
def fragments(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    """Play the live streams in fMP4, for two lifetimes of signed children."""

    async def perform() -> list[Played]:
        async with stage(tmp_path_factory.mktemp("stage"), Container.FMP4) as set_up:
            names = ("fastpix-live", "cloudflare-live")
            playing = (play(set_up.url(n), 2 * 8, paced=False) for n in names)
            return list(await asyncio.gather(*playing))

    return asyncio.run(perform())


def test_a_live_stream_in_fmp4_plays_too(fragments: list[Played]) -> None:
    """FFmpeg reads the init section again at each reload, and only reports that."""
    for played in fragments:
        assert played.exit_code == 0
        assert played.frames[:2] == [25 * 2 * 8] * 2
        assert played.gaps == 0
        for complaint in played.complaints.splitlines():
            assert "Found duplicated MOOV Atom" in complaint
