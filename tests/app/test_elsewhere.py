"""Tokens that another process fetches: how a stream's keeper is built with them."""

from collections.abc import Callable

import pytest

from proxy.app.elsewhere import Issued, Report
from proxy.app.keepers import keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.surroundings import Surroundings, surroundings_of
from proxy.core.tokens.token import Token
from proxy.settings import Settings
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded

URL = (
    'url = "http://127.0.0.1:9/v/{id}"\n'
    'placement = [{ query = "token" }]\nreach = "all"\n'
)
HTTP = '[streams.a.token]\nsource = "http"\nurl = "http://127.0.0.1:9/t/{id}"\n'
STATIC = '[streams.a.token]\nsource = "static"\nvalue = "x"\n'


class OtherProcess:
    """Returns the same token for every stream, and its turns need no wait."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.ended = False

    def issued(self, local: str, service: str, user: Lifetime) -> Issued:
        """Return its tokens."""
        del user
        self.asked.append((local, service))
        return Issued(self, self, heard=_unchanged)

    async def fetch(self) -> Token:
        """Return the token."""
        return Token({"token": "from-there"})

    async def first(self) -> None:
        """Take a turn."""

    async def in_line(self) -> None:
        """Take a turn."""

    def end(self) -> None:
        """Give it back."""


def _unchanged(report: Report) -> Report:
    return report


@pytest.fixture
def around(
    loaded: Callable[..., Settings], request: pytest.FixtureRequest
) -> tuple[Surroundings, OtherProcess]:
    """Return what parts share in a process beside another one."""
    other = OtherProcess()
    text = f"[streams.a]\n{URL}{request.param}"
    made = surroundings_of(
        loaded(text), environ={}, clock=FakeClock(), rng=seeded(), elsewhere=other
    )
    return made, other


@pytest.mark.parametrize(
    ("around", "asked", "value"),
    [
        (HTTP, [("a/m", "http://127.0.0.1:9")], "from-there"),
        (STATIC, [], "x"),
    ],
    indirect=["around"],
)
async def test_only_sources_that_ask_a_service_are_elsewhere(
    around: tuple[Surroundings, OtherProcess], asked: list[tuple[str, str]], value: str
) -> None:
    """Other tokens are made here; the path says which member a token is for."""
    here, other = around
    member = here.settings.streams["a"].for_member("m")
    keeper = keeper_of("a", member, print, here, local="a/m", user=Lifetime())
    assert keeper is not None
    assert (await keeper.token()).token.fields == {"token": value}
    assert other.asked == asked
    await keeper.close()
    await here.close()
