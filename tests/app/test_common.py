"""What all members of a family share."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from proxy.app.blueprints import blueprint_of
from proxy.app.common import common_of
from proxy.app.lifetime import Lifetime
from proxy.app.sinks import Sinks
from proxy.demo.keys import generate
from proxy.settings import Settings
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from tests.app.around import surroundings
from tests.fake_clock import FakeClock

Loaded = Callable[..., Settings]


async def test_all_members_of_a_family_sign_with_one_key(
    loaded: Loaded, tmp_path: Path
) -> None:
    """It was read at the start: members get tokens even if its file is gone."""
    key_file = tmp_path / "key.pem"
    key_file.write_text(generate().private_pem)
    key_file.chmod(0o600)
    settings = loaded(
        '[streams.all]\nurl = "https://h/{id}/v.m3u8"\nplacement = [{ query = "t" }]\n'
        '[streams.all.token]\nsource = "sign-jwt"\nkey_file = "key.pem"\n'
        'claims = { sub = "{id}" }\n'
    )
    clock, family = FakeClock(), settings.streams["all"]
    around = surroundings(settings, clock=clock)
    sinks, user = Sinks().of_stream("lobby"), Lifetime()
    common = common_of("all", family, sinks, around, user)
    key_file.unlink()
    tokens = set()
    for number in range(200):
        member = family.for_member(f"m{number}")
        _, keeper = blueprint_of(member, common, around, local="", user=user)
        assert isinstance(keeper, StreamKeeper)
        asked = asyncio.create_task(keeper.token())
        # The first one reports the file, and a second later continues without it.
        await clock.advance(0 if number else 1)
        tokens.add((await asked).token.fields["token"])
    await user.end()
    assert len(tokens) == 200
