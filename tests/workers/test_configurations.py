"""The configurations that workers may use, and their logins."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from proxy.app.surroundings import Surroundings, surroundings_of
from proxy.errors import BuildError
from proxy.settings import Settings, load
from proxy.workers.configurations import Configurations
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded

PLAIN = '[streams.{0}]\nurl = "http://127.0.0.1:9/{1}"\n'
LOGIN = (
    '[streams.lobby]\nurl = "http://127.0.0.1:9/v"\nreach = "all"\n'
    'placement = [{ query = "token" }]\ntoken = { source = "oauth2", '
    'token_url = "http://127.0.0.1:9/t", client_id = "me", client_secret = "mine", '
    'grant = "refresh_token", refresh_token_file = "refresh" }\n'
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Settings]:
    """Return a function that loads settings, with a login."""
    login = tmp_path / "refresh"
    login.touch(0o600)
    login.write_text("r0")

    def loaded(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path, environ={})

    return loaded


@pytest.fixture
async def around(read: Callable[[str], Settings]) -> AsyncIterator[Surroundings]:
    """Return the shared parts of a parent."""
    made = surroundings_of(
        read(PLAIN.format("a", "v")), environ={}, clock=FakeClock(), rng=seeded()
    )
    yield made
    await made.close()


Closing = list[Callable[[], Awaitable[None]]]


async def closed(closing: Closing) -> None:
    """Close everything that should be closed later."""
    await asyncio.gather(*(close() for close in closing))
    closing.clear()


async def test_unchanged_streams_stay_the_same(
    around: Surroundings, read: Callable[[str], Settings]
) -> None:
    """So do their sources, allowances and logins."""
    closing: Closing = []
    known = Configurations(around, closing.append)
    text = PLAIN.format("a", "v") + PLAIN.format("b", "v") + PLAIN.format("c", "v")
    one, changes = await known.prepare(read(text))
    assert (one, changes.add) == (1, ("a", "b", "c"))
    text = PLAIN.format("a", "v") + PLAIN.format("b", "other")
    two, changes = await known.prepare(read(text))
    assert (changes.keep, changes.replace, changes.remove) == (("a",), ("b",), ("c",))
    assert known.find(one, "a") is known.find(two, "a")
    assert known.find(one, "b") is not known.find(two, "b")
    assert (known.find(two, "c"), known.find(7, "a")) == (None, None)
    # The previous one is for workers that have not switched yet.
    known.commit(two)
    assert known.find(one, "c") is not None
    three, _ = await known.prepare(read(text))
    known.commit(three)
    assert known.find(one, "c") is None
    assert len(closing) == 2
    known.close()
    await closed(closing)


async def test_a_configuration_that_was_not_applied_is_dropped(
    around: Surroundings, read: Callable[[str], Settings]
) -> None:
    """The next one is compared with the one in force."""
    closing: Closing = []
    known = Configurations(around, closing.append)
    one, _ = await known.prepare(read(PLAIN.format("a", "v")))
    two, _ = await known.prepare(read(PLAIN.format("b", "v")))
    known.revert(two)
    assert len(closing) == 1
    again, changes = await known.prepare(read(PLAIN.format("a", "v")))
    assert (again, bool(changes)) == (two, False)
    assert known.find(again, "a") is known.find(one, "a")
    known.close()
    await closed(closing)


async def test_a_login_is_kept_while_its_stream_is_configured(
    around: Surroundings, read: Callable[[str], Settings]
) -> None:
    """Whether a worker has requested its token or not; also for families."""
    closing: Closing = []
    known = Configurations(around, closing.append)
    logins = around.services.logins
    await known.prepare(read(LOGIN))
    assert len(logins) == 1
    two, _ = await known.prepare(read(LOGIN + PLAIN.format("a", "v")))
    three, _ = await known.prepare(read(PLAIN.format("a", "v")))
    known.commit(two)
    known.commit(three)
    await closed(closing)
    assert len(logins) == 1
    four, _ = await known.prepare(read(PLAIN.format("a", "v")))
    known.commit(four)
    await closed(closing)
    assert len(logins) == 0


async def test_a_login_that_cannot_be_stored_is_reported(
    around: Surroundings, read: Callable[[str], Settings], tmp_path: Path
) -> None:
    """Before a refresh token is used; nothing is left of the attempt."""
    closing: Closing = []
    known = Configurations(around, closing.append)
    settings = read(LOGIN + PLAIN.format("a", "v"))
    (tmp_path / "refresh").unlink()
    with pytest.raises(BuildError, match="could not be stored"):
        await known.prepare(settings)
    await closed(closing)
    assert len(around.services.logins) == 0
    assert known.find(1, "a") is None


async def test_a_stream_has_the_epoch_in_which_it_got_its_settings(
    around: Surroundings, read: Callable[[str], Settings]
) -> None:
    """So a later worker knows whether others have built it with the same ones."""
    closing: Closing = []
    known = Configurations(around, closing.append)
    one, _ = await known.prepare(read(PLAIN.format("a", "v") + PLAIN.format("b", "v")))
    assert known.since(one) == {"a": 1, "b": 1}
    text = PLAIN.format("a", "v") + PLAIN.format("b", "w") + PLAIN.format("c", "v")
    two, _ = await known.prepare(read(text))
    assert known.since(two) == {"a": 1, "b": 2, "c": 2}
    known.commit(two)
    three, _ = await known.prepare(read(text))
    assert known.since(three) == known.since(two)
    known.close()
    await closed(closing)
