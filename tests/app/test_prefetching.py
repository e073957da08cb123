"""The command `prefetch`, with an origin and a disk."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy.app.prefetching import prefetch
from proxy.app.single import single
from proxy.clock import SystemClock
from proxy.errors import HlsAuthProxyError, StartError
from proxy.replies import MediaReply, PlayerAsk, PlaylistReply
from proxy.settings import Settings
from tests.streams.origin import Origin, origin
from tests.tokens.scripted import seeded

Load = Callable[..., Settings]

LADDER = (
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000\nhigh.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n"
)
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
STREAM = """
[streams.lobby]
url = "{url}"
"""


def media(name: str) -> str:
    """Return a recording of three segments."""
    lines = [f"#EXTINF:4,\n{name}{number}.ts\n" for number in range(3)]
    return f"{HEAD}{''.join(lines)}#EXT-X-ENDLIST\n"


def serving(one: Origin) -> str:
    """Let an origin serve the recording; return its URL."""
    one.says("/v.m3u8", LADDER)
    for name in ("high", "low"):
        one.says(f"/{name}.m3u8", media(name))
        for number in range(3):
            one.says(f"/{name}{number}.ts", f"\0{name}{number}".encode())
    return f"{one.url}/v.m3u8"


class Told(list[str]):
    """What the command printed, and its progress bars."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: dict[str, list[int]] = {}

    @contextlib.contextmanager
    def bar(self, label: str, length: int) -> Iterator["Told"]:
        """Show progress."""
        self.bars[label] = [0, length]
        self._now = self.bars[label]
        yield self

    def update(self, n_steps: int) -> None:
        """Count."""
        self._now[0] += n_steps

    async def prefetch(self, settings: Settings, stream: str, *names: str) -> bool:
        """Run the command."""
        return await prefetch(
            settings, stream, names, say=self.append, bar=self.bar, **surroundings()
        )


def surroundings() -> dict[str, Any]:
    """Return the parts that the program shares."""
    return {"environ": {}, "clock": SystemClock(), "rng": seeded()}


@pytest.fixture
def settings(loaded: Load, tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that makes settings with a disk."""

    def make(url: str, more: str = "", store: str = "") -> Settings:
        table = f'[store]\ndir = "{tmp_path / "kept"}"\n{store}'
        return loaded(f"{table}{STREAM.format(url=url)}{more}")

    return make


async def plays(settings: Settings, *paths: str) -> list[bytes]:
    """Return what a player gets from a program that was just started."""
    found = []
    async with single(
        settings, "lobby", **surroundings(), store=settings.store
    ) as opened:
        for path in paths:
            ask = PlayerAsk("GET", "", {}, "http://127.0.0.1:8080")
            reply = await opened.unit.stream.open(path, ask)
            if isinstance(reply, MediaReply):
                async with reply.answer as body:
                    found.append(b"".join([chunk async for chunk in body.chunks()]))
            else:
                assert isinstance(reply, PlaylistReply)
                found.append(reply.body)
    return found


async def test_everything_is_fetched_and_plays_offline(
    settings: Callable[..., Settings],
) -> None:
    """With a bar for each step; a second run fetches no media."""
    told = Told()
    async with origin() as one:
        url = serving(one)
        assert await told.prefetch(settings(url), "lobby")
        assert told.bars == {"fetching": [6, 6], "checking": [9, 9]}
        assert told[-1] == (
            "lobby: plays offline; 6 files fetched (0.0 MB read), 0 were there"
        )
        asked = len(one.asked)
        again = Told()
        assert await again.prefetch(settings(url), "lobby")
        assert "0 files fetched (0.0 MB read), 6 were there" in again[-1]
        # The playlists are loaded again: the platform has to confirm them.
        assert len(one.asked) == asked + 3
    (entry,) = await plays(settings(url), "index.m3u8")
    folder = entry.decode().splitlines()[-1].rpartition("/")[0]
    assert await plays(settings(url), f"{folder}/low0.ts") == [b"\0low0"]


async def test_one_rendition_is_fetched(settings: Callable[..., Settings]) -> None:
    """By its name in the local playlist."""
    told, other = Told(), Told()
    async with origin() as one:
        url = serving(one)
        assert await told.prefetch(settings(url), "lobby", "1k")
        assert told[0] == "lobby: 1k"
        assert one.count("/low0.ts") == 1
        assert one.count("/high0.ts") == one.count("/high.m3u8") == 0
        with pytest.raises(StartError, match="there is no rendition"):
            await other.prefetch(settings(url), "lobby", "9k")


async def test_an_interrupted_prefetch_can_be_continued(
    settings: Callable[..., Settings],
) -> None:
    """Files that were fetched stay."""
    told, again = Told(), Told()
    async with origin() as one:
        url = serving(one)
        one.says("/low2.ts", b"", status=500)
        assert not await told.prefetch(settings(url), "lobby")
        assert told[1].startswith("FAILED  prefetch")
        assert any("fault: " in line for line in told)
        had = len([path for path in one.asked if path.endswith(".ts")])
        serving(one)
        assert await again.prefetch(settings(url), "lobby")
        now = [path for path in one.asked if path.endswith(".ts")][had:]
        assert "/low2.ts" in now
        assert len(now) <= 4


async def test_files_that_are_not_kept_are_reported(
    settings: Callable[..., Settings],
) -> None:
    """With the likely reason."""
    told, trusting = Told(), Told()
    async with origin() as one:
        url = serving(one)
        one.says("/low1.ts", b"\0low1", Cache_Control="no-store")
        assert not await told.prefetch(settings(url), "lobby")
        # For a while its neighbours are treated like it.
        assert re.match(r"FAILED  lobby: [12] of 9 files are not on the", told[-1])
        trust = '[streams.lobby.store]\ntrust = "playlist"\n'
        assert await trusting.prefetch(settings(url, trust), "lobby")


async def test_a_disk_that_is_too_small_is_reported(
    settings: Callable[..., Settings],
) -> None:
    """A file takes at least a block."""
    told = Told()
    async with origin() as one:
        url = serving(one)
        assert not await told.prefetch(
            settings(url, store="disk_bytes = 20_000\n"), "lobby"
        )
    assert "store.disk_bytes (20,000)" in told[-1]


async def test_an_encrypted_recording_is_reported(
    settings: Callable[..., Settings],
) -> None:
    """It does not start without a connection."""
    told = Told()
    async with origin() as one:
        url = serving(one)
        key = '#EXT-X-KEY:METHOD=AES-128,URI="k.key"\n#EXTINF'
        one.says("/low.m3u8", media("low").replace("#EXTINF", key, 1))
        assert await told.prefetch(settings(url), "lobby")
        assert one.count("/k.key") == 0
    assert told[-1].startswith("note: it is encrypted, and keys are never kept")


@pytest.mark.parametrize(
    ("more", "stream", "said"),
    [
        ("", "bar", 'there is no stream "bar"'),
        ("", "lobby/x", "expected only lobby"),
        ("[streams.lobby.store]\nkeep = false\n", "lobby", "store.keep: false"),
        ('delivery = "redirect"\n', "lobby", 'lobby.delivery: "redirect"'),
    ],
)
async def test_a_stream_that_keeps_nothing_is_refused(
    settings: Callable[..., Settings], more: str, stream: str, said: str
) -> None:
    """Before any request is sent."""
    with pytest.raises(StartError, match=said):
        await Told().prefetch(settings("http://127.0.0.1:9/v.m3u8", more), stream)


async def test_a_configuration_without_a_disk_is_refused(loaded: Load) -> None:
    """With the missing setting."""
    settings = loaded(STREAM.format(url="http://127.0.0.1:9/v.m3u8"))
    with pytest.raises(StartError, match=r"store\.dir is not set"):
        await Told().prefetch(settings, "lobby")


async def test_a_member_of_a_family_is_fetched(
    settings: Callable[..., Settings],
) -> None:
    """By its id."""
    told = Told()
    async with origin() as one:
        serving(one)
        family = settings(f"{one.url}/{{id}}.m3u8")
        assert await told.prefetch(family, "lobby/v")
        with pytest.raises(StartError, match="lobby/ID"):
            await told.prefetch(family, "lobby")


async def test_the_platform_is_asked_each_time(
    settings: Callable[..., Settings],
) -> None:
    """It confirms what is kept, or has newer media; a refusal ends offline play."""
    told = Told()
    async with origin() as one:
        url = serving(one)
        assert await told.prefetch(settings(url), "lobby")
        one.says("/low.m3u8", media("low").replace("low0", "low9"))
        one.says("/low9.ts", b"\0new")
        assert await told.prefetch(settings(url), "lobby")
        assert one.count("/v.m3u8") == 2
        assert one.count("/low9.ts") == one.count("/high1.ts") == 1
        one.says("/v.m3u8", b"", status=403)
        assert not await told.prefetch(settings(url), "lobby")
        for path in ("index.m3u8", "1k/index.m3u8", "1k/low1.ts"):
            with pytest.raises(HlsAuthProxyError):
                await plays(settings(url), path)
