"""An origin without sockets, its keys, and a clock that the test moves."""

import random

import pytest

from proxy.demo import keys
from proxy.demo.media import Container
from proxy.demo.origin import DemoOrigin, OriginSettings
from tests.demo.visitor import EDGE, FRONT, Visitor
from tests.fake_clock import FakeClock


@pytest.fixture(scope="session")
def pair() -> keys.KeyPair:
    """One key pair for all tests, because making one is slow."""
    return keys.generate()


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that only the test moves."""
    return FakeClock()


@pytest.fixture
def origin(pair: keys.KeyPair, clock: FakeClock) -> DemoOrigin:
    """Return the origin of the demo, with names instead of ports."""
    settings = OriginSettings(pair.public_pem, live_container=Container.FMP4)
    rng = random.Random(1)  # noqa: S311 -- repeatable on purpose
    return DemoOrigin(settings, front_url=FRONT, edge_url=EDGE, clock=clock, rng=rng)


@pytest.fixture
def visitor(origin: DemoOrigin, pair: keys.KeyPair, clock: FakeClock) -> Visitor:
    """Return a visitor with a token of an hour for everything."""
    return Visitor(origin, pair, clock)
