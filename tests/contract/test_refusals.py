"""Refusals of every form: a player never notices that a session has ended.

A table of guards, resources and forms of refusal; and the load on upstream when
everything is refused for good.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxy.app.program import running
from proxy.settings import load
from tests.contract.ending import DRESSES, FILES, PAST, Ending
from tests.fake_clock import FakeClock
from tests.streams.origin import origin
from tests.web.fakes import Heard, ask

SOURCE = (
    '[streams.lobby.token]\nsource = "http"\nurl = "ORIGIN/token"\n'
    'fields = { token = "/access_token" }\nexpires_in = "/expires_in"\n'
)
GUARDS = {
    "none": "",
    "static": 'token = { source = "static", value = "CANARY" }\n'
    'placement = [{ query = "token" }]\n',
    "http": 'reach = "all"\n'
    'placement = [{ header = "Authorization", value = "Bearer {token}" }]\n' + SOURCE,
    "signed": 'placement = [{ query = "token" }]\n' + SOURCE,
}
ENTRY = "index.m3u8"


@dataclass(slots=True)
class Player:
    """Requests what the program's playlists list."""

    port: int
    ending: Ending

    async def get(self, path: str, **headers: str) -> Heard:
        """Request a path below the stream."""
        async with asyncio.timeout(20):
            return await ask(self.port, f"/lobby/{path}", headers)

    async def names(self) -> dict[str, str]:
        """Load every playlist; return the names in it, by their first letter."""
        found, playlists = dict[str, str](), [ENTRY]
        for playlist in playlists:
            heard = await self.get(playlist)
            assert heard.status == 200, playlist
            folder = playlist.rpartition("/")[0]
            for name in named(heard.body.decode()):
                path = f"{folder}/{name}" if folder else name
                if folder and name.startswith("../"):
                    path = name.removeprefix("../")
                if name.endswith(ENTRY):
                    playlists.append(path)
                found[path.rpartition("/")[2][0]] = path
        found["p"] = playlists[-1]
        found["v"] = next((p for p in playlists if "800k" in p), ENTRY)
        return found


def named(playlist: str) -> Iterator[str]:
    """Yield what a playlist refers to."""
    for line in playlist.splitlines():
        if line and not line.startswith("#"):
            yield line
        elif 'URI="' in line:
            yield line.partition('URI="')[2].partition('"')[0]


@asynccontextmanager
async def playing(
    folder: Path, guard: str, levels: int, dress: str
) -> AsyncIterator[Player]:
    """Run the program with an origin that refuses in this form."""
    async with origin() as home:
        clock = FakeClock()
        ending = Ending(home, clock, dress=dress, levels=levels, guard=guard)
        config = folder / "refusals.toml"
        config.write_text(
            '[server]\nlisten = "127.0.0.1:0"\n'
            f'[streams.lobby]\nurl = "{home.url}/v.m3u8"\n'
            'volatile = { query = ["e"] }\n' + GUARDS[guard].replace("ORIGIN", home.url)
        )
        async with running(
            load(config, environ={}),
            environ={},
            clock=clock,
            rng=random.Random(0),  # noqa: S311 - a jitter, no secret
        ) as program:
            yield Player(program.addresses[0].port, ending)


ASKED = {
    "playlist": "v",
    "segment": "s",
    "key": "k",
    "map": "i",
    "audio": "a",
    "subtitle": "c",
    "reload": "v",
    "range": "s",
    "broken": "s",
}


def cases() -> Iterator[tuple[str, int, str, str]]:
    """Yield each guard, number of levels, requested thing, and form of refusal."""
    for guard in GUARDS:
        for levels in (1, 2):
            for what, letter in ASKED.items():
                for dress in DRESSES:
                    if dress in ("404", "400") and letter != "v":
                        continue  # what is missing of media is missing
                    if levels == 1 and letter == "v" and guard in ("none", "static"):
                        continue  # the entry opens for ever
                    yield guard, levels, what, dress


@pytest.mark.parametrize(("guard", "levels", "what", "dress"), list(cases()))
async def test_the_end_of_a_session_is_not_noticed(
    tmp_path: Path, guard: str, levels: int, what: str, dress: str
) -> None:
    """The requested thing comes whole, with a newer token or URL."""
    async with playing(tmp_path, guard, levels, dress) as player:
        path = (await player.names())[ASKED[what]]
        if what == "broken":
            player.ending.breaks = True
        else:
            await player.ending.clock.advance(PAST)
        match what:
            case "reload":
                heard = await player.get(f"{path}?_HLS_msn=9")
            case "range":
                heard = await player.get(path, Range="bytes=2-5")
            case _:
                heard = await player.get(path)
        assert player.ending.denied > 0
        assert heard.status == (206 if what == "range" else 200)
        assert heard.body[:7] == b"#EXTM3U" if ASKED[what] == "v" else True
        if ASKED[what] != "v":
            whole = FILES[ASKED[what]][0]
            assert heard.body == (whole[2:6] if what == "range" else whole)


@pytest.mark.parametrize("guard", ["http", "signed"])
@pytest.mark.parametrize("dress", ["400", "404", "403", "HTML"])
async def test_a_token_that_expired_before_its_first_use_is_replaced(
    tmp_path: Path, guard: str, dress: str
) -> None:
    """The first player comes late, and another one later still."""
    async with playing(tmp_path, guard, 2, dress) as player:
        while not player.ending.issued:
            await player.ending.clock.advance(0.1)
        for issued in (2, 3, 4):
            await player.ending.clock.advance(PAST)
            assert (await player.get(ENTRY)).status == 200
            assert len(player.ending.issued) == issued


async def test_an_entry_that_is_missing_costs_few_tokens(tmp_path: Path) -> None:
    """The stream has not started; once it does, it plays with any token."""
    async with playing(tmp_path, "signed", 2, "400") as player:
        ending = player.ending
        while not ending.issued:
            await ending.clock.advance(0.1)
        ending.gone = True
        for _ in range(60):
            await ending.clock.advance(10)
            assert (await player.get(ENTRY)).status == 400
        assert len(ending.issued) == 6


@pytest.mark.parametrize("guard", ["http", "signed"])
@pytest.mark.parametrize("levels", [1, 2])
async def test_blocking_reloads_recover_from_a_400(
    tmp_path: Path, guard: str, levels: int
) -> None:
    """A low-latency player sends no other requests, and each URL expires in turn."""
    async with playing(tmp_path, guard, levels, "400") as player:
        path = (await player.names())["v"]
        for msn in range(9, 13):
            await player.ending.clock.advance(PAST)
            heard = await player.get(f"{path}?_HLS_msn={msn}")
            assert heard.status == 200
        assert player.ending.denied >= 4


PLAYERS, ROUNDS, STEP = 20, 120, 0.5
HELD = 10
"""Seconds after which nobody waits any more for a stream to start."""


@pytest.mark.parametrize(
    ("guard", "dress"),
    [
        ("none", "403"),
        ("none", "HTML"),
        ("http", "403"),
        ("http", "404"),
        ("http", "302 foreign"),
        ("signed", "HTML"),
    ],
)
async def test_a_lasting_refusal_causes_few_requests(
    tmp_path: Path, guard: str, dress: str
) -> None:
    """Twenty players ask for a minute, and all is refused, as by a captive portal.

    At most three tokens a minute are requested because of the entry, one because of
    an earlier refusal; and one entry a second.
    """
    async with playing(tmp_path, guard, 2, dress) as player:
        ending, names = player.ending, await player.names()
        asked = [ENTRY, names["v"], names["s"]]
        ending.gone = True
        await ending.clock.advance(PAST)
        ending.entries.clear()
        ending.issued.clear()
        tasks = set[asyncio.Task[Heard]]()
        for number in range(ROUNDS):
            # Each of them asks every five seconds.
            for path in asked * (PLAYERS // 10):
                tasks.add(asyncio.create_task(player.get(path)))
            # Requests that wait for a stream to start wait for the clock.
            await asyncio.wait(tasks, timeout=0.02 if number < HELD / STEP else 1)
            await ending.clock.advance(STEP)
        heard = await asyncio.gather(*tasks)
    assert len(ending.issued) <= 4
    # A refused load is repeated once with each newer token.
    assert len(ending.entries) <= ROUNDS * STEP + len(ending.issued)
    # The upstream's answer for an entry without a token is passed on.
    theirs = {403} if guard == "none" and dress == "403" else set()
    assert {h.status for h in heard} & {401, 403} == theirs
    if dress == "HTML":
        said = {h.headers["Proxy-Status"] for h in heard}
        assert any("perhaps a captive portal" in words for words in said)
