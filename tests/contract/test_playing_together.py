"""Several players at once, in any order: none gets what belongs to another.

The upstream opens a session at each load of its entry, each with its own timeline. A
session may end, freeze or be refused. It is identified by its URLs, or only by a
cookie. Players select a language.
"""

import asyncio
import os
import re
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import KW_ONLY, dataclass
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from proxy.errors import ChildRefusedError
from proxy.upstream.session import Sessions
from tests.contract.ad_sessions import ENTRY, HEIGHTS, TARGET, Ads
from tests.fake_clock import FakeClock
from tests.streams.built import Built, built
from tests.streams.network import Moved, Network

T = TypeVar("T")
LANGUAGES = ("", "de", "en", "d.e-1")
STEPS = int(os.environ.get("NAMES_STEPS", "0"))


@dataclass(slots=True)
class Player:
    """A player of one rendition at one of the replicas."""

    language: str
    replica: int
    _: KW_ONLY
    path: str
    rendition: str = ""
    """What it was listed as: height and codec."""
    session: int | None = None
    sequence: int = -1
    asked_at: float = 0.0
    asked: str = ""
    """The path that it asked for last."""


class Players(RuleBasedStateMachine):
    """Players of several languages on two replicas that restart."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.replicas: list[Built] = []
        self.stacks: list[AsyncExitStack] = []
        self.players: list[Player] = []
        self.names: dict[str, str] = {}

    @initialize(redirects=st.booleans(), hands_on=st.booleans(), cookies=st.booleans())
    def begin(self, *, redirects: bool, hands_on: bool, cookies: bool) -> None:
        """Start an upstream and two replicas."""
        self.ads = Ads(self.clock, redirects, hands_on=hands_on, cookies=cookies)
        self.run(self._start(2))

    def teardown(self) -> None:
        """Stop all of it."""
        for stack in self.stacks:
            self.run(stack.aclose())
        self.loop.close()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run to the end."""
        return self.loop.run_until_complete(work)

    async def _ask(self, waiting: Coroutine[object, object, T]) -> T:
        """Return the answer; time passes only while something waits for it."""
        task = asyncio.create_task(waiting)
        for _ in range(40):
            await self.clock.settle()
            if task.done():
                break
            await self.clock.advance(0.5)
        assert task.done(), "nothing came within 20 s"
        return task.result()

    async def _start(self, count: int) -> None:
        for _ in range(count):
            stack = AsyncExitStack()
            self.stacks.append(stack)
            one = await stack.enter_async_context(
                built(
                    ENTRY,
                    network=self._network(),
                    sessions=Sessions(),
                    clock=self.clock,
                    passing=frozenset({"lang"}),
                    snapshot_bytes=100_000,
                )
            )
            self.replicas.append(one)

    def _network(self) -> Network:
        def site(url: str) -> bytes | Moved | None:
            return self.ads.answer(url, network)

        network = Network(site)
        return network

    @rule(
        language=st.sampled_from(LANGUAGES),
        replica=st.integers(0, 1),
        directed=st.booleans(),
        choice=st.integers(0, 3),
    )
    def look(self, language: str, replica: int, directed: bool, choice: int) -> None:  # noqa: FBT001
        """Open the entry, and one of what it lists."""
        one, query = self.replicas[replica], f"lang={language}" if language else ""
        if directed:
            query += "&_HLS_msn=99&CMCD=x"
        listed = self.run(self._ask(one.playlist(query=query.strip("&"))))
        found = re.findall(r'x(\d+),CODECS="(\w+)"\n(.+)', listed)
        assert len(found) == 4
        for height, codec, path in found:
            # The same rendition always has the same name.
            rendition = height + codec
            assert self.names.setdefault(path, f"{language} {rendition}") == (
                f"{language} {rendition}"
            )
        height, codec, path = found[choice]
        player = Player(language, replica, path=path, rendition=height + codec)
        if len(self.players) == 6:
            self.players.pop(0)
        self.players.append(player)
        self._poll(player)

    @precondition(lambda self: self.players)
    @rule(which=st.integers(0, 5))
    def poll(self, which: int) -> None:
        """Let a player load its rendition again."""
        self._poll(self.players[which % len(self.players)])

    @precondition(lambda self: self.players)
    @rule(which=st.integers(0, 5), choice=st.integers(0, 1))
    def change(self, which: int, choice: int) -> None:
        """Let a player switch to another height, in the same timeline."""
        player = self.players[which % len(self.players)]
        height = f"{HEIGHTS[choice]}p"
        player.path = re.sub(r"^\d+p", height, player.path)
        player.rendition = re.sub(r"^\d+", str(HEIGHTS[choice]), player.rendition)
        self._poll(player)

    @precondition(lambda self: self.players)
    @rule(seconds=st.sampled_from([1.0, 4.0, 9.0]))
    def play_on(self, seconds: float) -> None:
        """Time passes, and everybody polls as players do."""
        for _ in range(int(seconds // TARGET) + 1):
            self.run(self.clock.advance(seconds / (seconds // TARGET + 1)))
            for player in self.players:
                self._poll(player)

    @rule(seconds=st.sampled_from([20.0, 100.0]))
    def pause(self, seconds: float) -> None:
        """Time passes, and nobody plays."""
        self.run(self.clock.advance(seconds))

    @precondition(lambda self: hasattr(self, "ads") and bool(self.ads.sessions))
    @rule(which=st.integers(0, 99), how=st.sampled_from(["refused", "frozen", "ended"]))
    def end(self, which: int, how: str) -> None:
        """End a session in one of several ways."""
        self.run(self.clock.advance(1.1))  # what is renewed lives for a second at least
        session = self.ads.sessions[which % len(self.ads.sessions)]
        now = self.clock.mono()
        if how == "refused":
            session.refused = True
        elif how == "frozen":
            session.frozen_at = session.frozen_at or now
        else:
            session.ended_at = session.ended_at or now

    @rule(replica=st.integers(0, 1))
    def restart(self, replica: int) -> None:
        """Restart a replica; its players go on."""

        async def again() -> None:
            await self.stacks[replica].aclose()
            others = self.stacks[:], self.replicas[:]
            self.stacks, self.replicas = [], []
            await self._start(1)
            others[0][replica], others[1][replica] = self.stacks[0], self.replicas[0]
            self.stacks, self.replicas = others

        self.run(again())
        for player in self.players:
            if player.replica == replica:
                player.session = None

    def _poll(self, player: Player) -> None:
        one = self.replicas[player.replica]
        before = len(self.ads.sessions)
        text = self.run(self._ask(one.playlist(player.path)))
        found = re.search(r"SEQUENCE:(\d+)\n# (\d+) (\S*) (\w+)\n", text)
        assert found, text
        sequence, number, language, rendition = found.groups()
        assert language == player.language
        assert rendition == player.rendition
        self._check_timeline(player, int(number), int(sequence))
        segment = text.splitlines()[-1]
        if segment == "#EXT-X-ENDLIST":
            segment = text.splitlines()[-2]
        folder = player.path.partition("/")[0]
        key = re.search(r'URI="\.\./(.+?)"', text)
        assert key
        for path in (f"{folder}/{segment}", key[1]):
            try:
                body = self.run(self._ask(one.media(path)))[1].decode()
            except ChildRefusedError:
                assert self.ads.sessions[int(number)].refused
                return  # the list is a moment old, and what it names is gone
            assert body.split(" ")[1] == language
        assert len(self.ads.sessions) - before <= 4  # one question, a few loads

    def _check_timeline(self, player: Player, number: int, sequence: int) -> None:
        now, last = self.clock.mono(), player.session
        here = (player.replica, player.path, number)
        joined = any(
            (other.replica, other.path, other.session) == here
            for other in self.players
            if other is not player
        )
        if last is not None and last != number:
            old = self.ads.sessions[last]
            # Its last segment came up to one target duration earlier.
            still = old.frozen_at is not None and now - old.frozen_at >= 2 * TARGET
            away = now - player.asked_at > 3 * TARGET
            over = old.refused or old.ended_at is not None or still
            # A player that switches to a rendition that others play joins them.
            assert over or away or joined, f"moved from session {last} to {number}"
        elif last == number:
            # A sibling's playlist may be a moment older; one playlist never goes back.
            assert sequence >= player.sequence - (player.path != player.asked)
        player.asked = player.path
        player.session, player.sequence, player.asked_at = number, sequence, now

    @invariant()
    def what_is_kept_is_bounded(self) -> None:
        """Check that no more selections are kept than were requested."""
        for one in self.replicas:
            assert len(one.stream) <= len(LANGUAGES)


TestPlayers = Players.TestCase
TestPlayers.settings = settings(
    max_examples=max(15, STEPS // 50),
    stateful_step_count=50 if STEPS else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
