"""Tokens and signatures that expire during blocking reloads."""

from pathlib import Path

import pytest

from proxy.demo.record import Refusal
from tests.end_to_end.test_low_latency.stage import (
    EVERYWHERE,
    MANY,
    next_segment,
    stage,
)


@pytest.mark.parametrize("stream", EVERYWHERE)
async def test_r10_a_token_may_expire_during_a_reload(
    tmp_path: Path, stream: str
) -> None:
    """One refusal, one newer token, the same directives, and all are served."""
    async with stage(tmp_path, lifetime=2) as on:
        pictures = (await on.playlists(stream))[1]
        segment = next_segment((await on.get(pictures)).text)
        before = on.asked(stream)
        directives = f"_HLS_msn={segment + 1}&_HLS_skip=YES"
        heard = await on.until(
            *(on.get(f"{pictures}?{directives}") for _ in range(MANY))
        )
        record = on.origin.record().stream(stream)

        assert {one.status for one in heard} == {200}
        assert len({one.body for one in heard}) == 1
        assert next_segment(heard[0].text) == segment + 2
        assert "EXT-X-SKIP" in heard[0].text
        assert record.refusals == {Refusal.EXPIRED_TOKEN: 1}
        assert on.asked(stream) - before == 2


@pytest.mark.parametrize("stream", EVERYWHERE)
async def test_r10_a_token_may_expire_during_every_reload(
    tmp_path: Path, stream: str
) -> None:
    """A minute of reloads that all outlive their tokens: nobody notices."""
    async with stage(tmp_path, lifetime=2) as on:
        url = (await on.playlists(stream))[1]
        segment = next_segment((await on.get(url)).text)
        for number in range(segment + 1, segment + 31, 2):
            (heard,) = await on.until(on.get(f"{url}?_HLS_msn={number}"))
            assert heard.status == 200
            assert next_segment(heard.text) == number + 1
        refused = on.origin.record().stream(stream).refusals
        assert refused[Refusal.EXPIRED_TOKEN] >= 10


async def test_r10_a_signature_may_expire_during_reloads(
    tmp_path: Path,
) -> None:
    """The entry is loaded once for all renditions; the directives are sent again."""
    stream = "ll-fastpix"
    async with stage(tmp_path, child_seconds=2.0) as on:
        urls = await on.playlists(stream)
        (segment,) = {next_segment((await on.get(url)).text) for url in urls}
        before = on.asked(stream)
        directives = f"_HLS_msn={segment + 1}&_HLS_skip=YES"
        heard = await on.until(*(on.get(f"{u}?{directives}") for u in urls * 10))
        record = on.origin.record().stream(stream)

        assert {one.status for one in heard} == {200}
        for one in heard:
            assert next_segment(one.text) == segment + 2
            assert "EXT-X-SKIP" in one.text
        # Each is also sent without the directives: they are not what is refused.
        assert record.refusals == {Refusal.EXPIRED_CHILD: 6}
        # Six refusals, the entry once, three answers.
        assert on.asked(stream) - before == 10
