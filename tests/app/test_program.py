"""The whole program, running for as long as a block lasts."""

import json

import aiohttp
import pytest

from proxy.errors import StartError
from proxy.tokens.report import Outcome, Refresh
from tests.app.conftest import Run
from tests.streams.origin import Origin, origin

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXT-X-ENDLIST\n"
TOKEN = 'token = { source = "static", value = "SECRET" }\n'
PLACED = 'placement = [{ query = "token" }]\n'


async def get(url: str) -> tuple[int, str]:
    """Return status and text."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


def lobby(one: Origin) -> str:
    """Return the settings of a stream at that origin."""
    return f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\n{TOKEN}{PLACED}'


async def test_a_configured_stream_plays(run: Run, refreshes: list[Refresh]) -> None:
    """From a table in a file to a segment in a player."""
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        one.says("/s1.ts", b"media", kind="video/mp2t")
        async with run(lobby(one)) as program:
            assert program.urls == (f"{program.base_url}/lobby/index.m3u8",)
            status, text = await get(program.urls[0])
            assert (status, text) == (200, MEDIA.replace("s1", "main/s1"))
            assert await get(f"{program.base_url}/lobby/main/s1.ts") == (200, "media")
        assert one.asked == ["/v.m3u8?token=SECRET", "/s1.ts"]
    assert [refresh.outcome for refresh in refreshes] == [Outcome.REFRESHED]


async def test_a_family_plays_any_id(run: Run) -> None:
    """One token per id; an id that is no name is nobody's."""
    async with origin() as one:
        one.says("/abc/v.m3u8", MEDIA)
        text = f'[streams.all]\nurl = "{one.url}/{{id}}/v.m3u8"\n{TOKEN}{PLACED}'
        async with run(text) as program:
            assert program.names == ("all/{id}",)
            assert (await get(f"{program.base_url}/all/abc/index.m3u8"))[0] == 200
            assert (await get(f"{program.base_url}/all/a%2Fb/index.m3u8"))[0] == 404
        assert one.asked == ["/abc/v.m3u8?token=SECRET"]


async def test_the_pages_tell_how_it_is(run: Run) -> None:
    """Probes, numbers and state, by configured names and without secrets."""
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        async with run(lobby(one)) as program:
            await get(program.urls[0])
            pages = {
                page: await get(f"{program.base_url}/{page}")
                for page in ("livez", "readyz", "metrics", "status.json", "")
            }
    assert {status for status, _ in pages.values()} == {200}
    text = "".join(text for _, text in pages.values())
    assert "SECRET" not in text
    assert one.url not in text
    assert 'upstream_requests_total{outcome="2xx",role="entry"' in text
    assert 'token_refreshes_total{outcome="refreshed",stream="lobby"} 1.0' in text
    state = json.loads(pages["status.json"][1])
    assert "lobby" in json.dumps(state)


async def test_a_stream_without_its_token_is_not_ready(run: Run) -> None:
    """Neither is the program; it lives all the same."""
    text = (
        '[streams.lobby]\nurl = "http://127.0.0.1:9/v.m3u8"\n'
        f'token = {{ source = "file", path = "there-is-none" }}\n{PLACED}'
    )
    async with run(text) as program:
        assert (await get(f"{program.base_url}/readyz"))[0] == 503
        assert (await get(f"{program.base_url}/livez"))[0] == 200


async def test_a_port_in_use_is_a_clear_error(run: Run) -> None:
    """And what was built until then is gone again."""
    async with origin() as one:
        port = one.url.rpartition(":")[2]
        text = lobby(one).replace("[streams", f'hosts = ["a:{port}"]\n[streams')
        async with run(text) as program:
            taken = str(program.addresses[0])
            with pytest.raises(StartError, match=f"{taken} is in use"):
                async with run(text.replace("hosts", f'listen = "{taken}"\nhosts')):
                    pass


async def test_s13_the_access_key_is_part_of_every_path(run: Run) -> None:
    """Without it nothing is there."""
    key = "0123456789abcdefghijkl"
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        async with run(f'access_key = "{key}"\n{lobby(one)}') as program:
            base = program.base_url
            assert (await get(f"{base}/lobby/index.m3u8"))[0] == 404
            assert (await get(f"{base}/{key}/lobby/index.m3u8"))[0] == 200
