"""The source `env`."""

import pytest

from proxy.errors import SourceError
from proxy.tokens.sources.env import EnvSource
from tests.fake_clock import FakeClock


async def test_the_token_is_the_variables_value(clock: FakeClock) -> None:
    """Without the white space around it, and a byte order mark."""
    environ = {"LOBBY_TOKEN": "\ufeff canary\n"}
    token = await EnvSource(
        {"token": "LOBBY_TOKEN"}, environ=environ, clock=clock
    ).fetch()
    assert token.fields == {"token": "canary"}


@pytest.mark.parametrize("environ", [{}, {"LOBBY_TOKEN": " "}])
async def test_a_variable_that_is_not_set_is_named(
    clock: FakeClock, environ: dict[str, str]
) -> None:
    """An empty one counts as missing."""
    source = EnvSource({"token": "LOBBY_TOKEN"}, environ=environ, clock=clock)
    with pytest.raises(SourceError, match="LOBBY_TOKEN is not set"):
        await source.fetch()


async def test_each_field_has_its_variable(clock: FakeClock) -> None:
    """CloudFront needs three of them."""
    environ = {"POLICY": "p", "SIGNATURE": "s"}
    variables = {"policy": "POLICY", "signature": "SIGNATURE"}
    token = await EnvSource(variables, environ=environ, clock=clock).fetch()
    assert token.fields == {"policy": "p", "signature": "s"}
