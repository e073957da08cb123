"""The whole program plays streams and families."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from proxy.events.refresh import Outcome, Refresh
from tests.app.conftest import Run
from tests.app.test_program.run import MEDIA, PLACED, TOKEN, get, lobby, state_of
from tests.fake_clock import FakeClock
from tests.streams.origin import origin
from tests.tokens.token_server import says, token_server, until


async def test_a_configured_stream_plays(run: Run, refreshes: list[Refresh]) -> None:
    """From a table in a file to a segment in a player."""
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        one.says("/s1.ts", b"\0media", kind="video/mp2t")
        async with run(lobby(one)) as program:
            assert program.urls == (f"{program.base_url}/lobby/index.m3u8",)
            status, text = await get(program.urls[0])
            assert (status, text) == (200, MEDIA.replace("s1", "main/s1"))
            assert await get(f"{program.base_url}/lobby/main/s1.ts") == (200, "\0media")
        assert one.asked == ["/v.m3u8?token=SECRET", "/s1.ts"]
    assert [refresh.outcome for refresh in refreshes] == [Outcome.REFRESHED]


@asynccontextmanager
async def tunnel(port: int) -> AsyncIterator[int]:
    """Forward a port to another one, as `ssh -L` does; yield it."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    async with await asyncio.start_server(lead, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_stream_plays_through_a_tunnel(run: Run, host: str) -> None:
    """The player's port is not the one that we listen on."""
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        one.says("/s1.ts", b"\0media", kind="video/mp2t")
        async with run(lobby(one)) as program, tunnel(program.addresses[0].port) as far:
            base = f"http://{host}:{far}/lobby"
            assert (await get(base))[0] == 200
            assert await get(f"{base}/main/s1.ts") == (200, "\0media")


@pytest.mark.parametrize("query", ["", "?utm_source=tv&x=%2F", "?_=1764460800", "?&&"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("ranged", [{}, {"Range": "bytes=0-"}])
async def test_extras_in_a_players_request_change_nothing(
    run: Run, query: str, method: str, ranged: Mapping[str, str]
) -> None:
    """A range on a playlist, extra parameters, a HEAD request: always 200.

    None of it goes upstream with a playlist.
    """
    async with origin() as one, aiohttp.ClientSession() as session:
        one.says("/v.m3u8", MEDIA)
        async with run(lobby(one)) as program:
            url = f"{program.urls[0]}{query}"
            async with session.request(method, url, headers=ranged) as answer:
                text = await answer.text()
    local = MEDIA.replace("s1", "main/s1")
    assert (answer.status, "Content-Range" in answer.headers) == (200, False)
    assert answer.content_length == len(local)
    assert text == (local if method == "GET" else "")
    assert one.asked == ["/v.m3u8?token=SECRET"]


async def test_a_family_plays_any_id(run: Run) -> None:
    """One token per id; an invalid id is unknown."""
    async with origin() as one:
        one.says("/abc/v.m3u8", MEDIA)
        text = f'[streams.all]\nurl = "{one.url}/{{id}}/v.m3u8"\n{TOKEN}{PLACED}'
        async with run(text) as program:
            assert program.names == ("all/{id}",)
            assert (await get(f"{program.base_url}/all/abc/index.m3u8"))[0] == 200
            assert (await get(f"{program.base_url}/all/a%2Fb/index.m3u8"))[0] == 404
        assert one.asked == ["/abc/v.m3u8?token=SECRET"]


@pytest.mark.parametrize("limit", ["connections", "connections_per_address"])
async def test_connections_are_limited_as_configured(run: Run, limit: str) -> None:
    """In total, and per address; a front counts as one address."""
    text = f'[limits]\n{limit} = 1\n[streams.a]\nurl = "http://127.0.0.1:9/v.m3u8"\n'
    async with run(text) as program, aiohttp.ClientSession() as session:
        async with session.get(f"{program.base_url}/livez") as kept:
            assert kept.status == 200
        assert (await get(f"{program.base_url}/livez"))[0] == 503


async def test_s13_the_access_key_is_part_of_every_path(run: Run) -> None:
    """Without it nothing is found."""
    key = "0123456789abcdefghijkl"
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        async with run(f'access_key = "{key}"\n{lobby(one)}') as program:
            base = program.base_url
            assert (await get(f"{base}/lobby/index.m3u8"))[0] == 404
            assert (await get(f"{base}/{key}/lobby/index.m3u8"))[0] == 200


FAMILY = (
    '[streams.all]\nurl = "{}/{{id}}.m3u8"\nplacement = [{{ query = "t" }}]\n'
    'token = {{ source = "http", url = "{}/{{id}}", expires_in = "/expires_in" }}\n'
)


async def test_unknown_ids_do_not_overload_a_busy_service(
    run: Run, clock: FakeClock
) -> None:
    """303 of them, while it answers 429 with Retry-After: 60."""
    busy = says({}, 429, **{"Retry-After": "60"})
    async with origin() as one, token_server(clock, busy) as service:
        text = FAMILY.format(one.url, service.url)
        async with run(text) as program, aiohttp.ClientSession() as session:

            async def ask(number: int) -> tuple[int, str]:
                url = f"{program.base_url}/all/x{number}/index.m3u8"
                async with session.get(url) as answer:
                    return answer.status, answer.headers["Retry-After"]

            asked = [asyncio.create_task(ask(number)) for number in range(303)]
            await until(lambda: sum(task.done() for task in asked) >= 30)
            for _ in range(100):
                await clock.advance(0.1)
                await asyncio.sleep(0.01)
            answers = Counter([await task for task in asked])
            assert {status for status, _ in answers} == {503}
            assert sum(answers[503, wait] for wait in ("58", "59", "60")) >= 30
            assert len(service.asked) <= 8
            assert one.asked == []


def descriptors() -> int:
    """Return how many this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts in /proc")
async def test_evicted_members_leave_nothing_behind(run: Run, clock: FakeClock) -> None:
    """500 ids in a family of 50: no tasks and no descriptors remain."""
    given = says({"token": "T", "expires_in": 600})
    async with origin() as one, token_server(clock, given) as service:
        limits = "[limits]\nfamily_members = 50\nnew_members_per_minute = 1200\n"
        text = limits + FAMILY.format(one.url, service.url)
        for number in range(500):
            one.says(f"/m{number}.m3u8", MEDIA)
        connector = aiohttp.TCPConnector(limit=10)
        async with (
            run(text) as program,
            aiohttp.ClientSession(connector=connector) as s,
        ):

            async def play(number: int) -> int:
                url = f"{program.base_url}/all/m{number}/index.m3u8"
                async with s.get(url) as answer:
                    return answer.status

            seen: list[tuple[int, int]] = []
            for first in range(0, 500, 10):
                members = range(first, first + 10)
                assert {*await asyncio.gather(*map(play, members))} == {200}
                seen.append((len(asyncio.all_tasks()), descriptors()))
            assert (await state_of(program))["members"] == 50
        assert len(service.asked) == 500
    tasks, files = (max(each) for each in zip(*seen[30:], strict=True))
    assert tasks <= max(each for each, _ in seen[:10]) + 5
    assert files <= max(each for _, each in seen[:10]) + 5
