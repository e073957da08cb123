"""Sources of tokens that are made elsewhere on this machine, from settings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.app.preissued import GivenToken, given_source
from proxy.settings import Settings
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from tests.fake_clock import FakeClock
from tests.tokens.files import changed, secret
from tests.tokens.programs import program

Loaded = Callable[..., Settings]
STREAM = '[streams.lobby]\nurl = "https://h/v"\nplacement = [{{ query = "t" }}]\n{}'


@pytest.mark.parametrize(
    ("token", "lives"),
    [
        ('source = "static", value = "T"', None),
        ('source = "env", variable = "KEY"', None),
        ('source = "file", path = "plain", ttl = "1m"', 60),
        (
            (
                'source = "file", path = "json", fields = { token = "/t" }, '
                'expires_in = "/lives"'
            ),
            60,
        ),
        ('source = "command", command = "COMMAND", ttl = 60', 60),
        (
            (
                'source = "command", command = "COMMAND json", env = { SAY = "json" }, '
                'fields = { token = "/t" }, expires_in = "/lives", format = "json"'
            ),
            60,
        ),
    ],
    ids=range(6),
)
async def test_each_source_returns_its_token(
    loaded: Loaded, tmp_path: Path, clock: FakeClock, token: str, lives: float | None
) -> None:
    """With the configured form and expiry."""
    secret(tmp_path / "plain", b"T\n")
    secret(tmp_path / "json", b'{"t": "T", "lives": 60}')
    for name in ("plain", "json"):
        changed(tmp_path / name, clock.wall())
    code = "import os; print(open(os.environ.get('SAY', 'plain')).read())"
    command = " ".join(program(tmp_path / "get", code))
    text = f"token = {{ {token.replace('COMMAND', command)} }}"
    environ = {"KEY": "T"}
    settings = loaded(STREAM.format(text), environ).streams["lobby"].token
    assert isinstance(settings, StaticToken | EnvToken | FileToken | CommandToken)
    kind: GivenToken = settings
    source = given_source(kind, environ=environ, shared=False, clock=clock)
    made = await source.fetch()
    assert made.fields == {"token": "T"}
    assert made.expires_at == (None if lives is None else clock.wall() + lives)
