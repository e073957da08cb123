"""Tests of which players are slow to read, and which are disconnected first."""

from dataclasses import dataclass, field

from proxy.web.slow_readers import READ_AHEAD_BYTES, Readers


@dataclass(eq=False)
class Player:
    """A player that reads this many bytes per second."""

    rate: float
    peer: str = "127.0.0.1"
    is_cut: bool = False

    def give_up(self) -> None:
        """Record that it is disconnected."""
        self.is_cut = True


@dataclass
class Room:
    """Readers on a clock that the test moves, with room for three."""

    now: float = 0.0
    readers: Readers = field(init=False)

    def __post_init__(self) -> None:
        self.readers = Readers(mono=lambda: self.now, most_bytes=3 * READ_AHEAD_BYTES)

    def wait(self, *players: Player) -> None:
        """Let players be slow."""
        for player in players:
            self.readers.waits(player, READ_AHEAD_BYTES)


def cut(*players: Player) -> list[bool]:
    """Return for each player whether it was disconnected."""
    return [player.is_cut for player in players]


def test_nobody_is_disconnected_only_for_being_slow() -> None:
    """Not even after a night."""
    room, players = Room(), (Player(0.0), Player(1600.0), Player(1e6))
    room.wait(*players)
    room.now = 36_000.0
    assert cut(*players) == [False, False, False]


def test_if_memory_is_short_the_slowest_is_disconnected() -> None:
    """However long another one has been waiting."""
    room, longest, slowest, new = Room(), Player(100.0), Player(1.0), Player(0.0)
    room.wait(longest)
    room.now = 600.0
    room.wait(slowest, Player(1000.0))
    room.now = 660.0
    room.wait(new)
    assert cut(longest, slowest, new) == [False, True, False]


def test_as_many_are_disconnected_as_needed() -> None:
    """One long playlist may need the room of several."""
    room, players = Room(), (Player(1.0), Player(2.0), Player(3.0))
    room.wait(*players)
    room.now = 2.0
    room.readers.waits(Player(0.0), 2 * READ_AHEAD_BYTES)
    assert cut(*players) == [True, True, False]


def test_a_player_that_has_just_begun_to_wait_is_not_slow() -> None:
    """Many may begin at once; a little later one of them is the slowest."""
    room, players = Room(), [Player(0.0) for _ in range(5)]
    room.wait(*players)
    assert not any(cut(*players))
    room.now = 1.0
    room.wait(Player(5.0))
    assert cut(*players) == [True, True, True, False, False]


def test_a_player_that_reads_again_uses_no_memory() -> None:
    """It is not disconnected for others; the end of a wait may be reported twice."""
    room, players = Room(), (Player(1.0), Player(2.0), Player(3.0))
    for player in players * 2:
        room.wait(player)
        room.readers.goes_on(player)
        room.readers.goes_on(player)
    room.now = 60.0
    room.wait(*players)
    assert cut(*players) == [False, False, False]
    assert room.readers.waiting == 3


def test_room_is_made_from_an_address_with_too_many_connections() -> None:
    """Even if the slowest of all is at another address."""
    room, slow = Room(), Player(1.0, peer="10.0.0.1")
    one, two = Player(3.0, peer="10.0.0.2"), Player(2.0, peer="10.0.0.2")
    room.wait(slow, one, two)
    assert not room.readers.make_room()
    room.now = 60.0
    assert not room.readers.make_room("10.0.0.3")
    assert room.readers.make_room("10.0.0.2")
    assert cut(slow, one, two) == [False, False, True]
    assert room.readers.make_room()
    assert cut(slow, one, two) == [True, False, True]
