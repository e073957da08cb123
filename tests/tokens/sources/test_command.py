"""The source `command`, with real programs."""

import json
from pathlib import Path

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.sources.command import CommandSource
from proxy.tokens.sources.layout import Layout
from tests.fake_clock import FakeClock
from tests.tokens.programs import program
from tests.tokens.scripted import Reports, keeper_of
from tests.tokens.token_server import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder in which programs run."""
    return tmp_path


def source_of(
    folder: Path,
    clock: FakeClock,
    code: str,
    *,
    environ: dict[str, str] | None = None,
    secrets: frozenset[str] = frozenset(),
    layout: Layout | None = None,
) -> CommandSource:
    """Return a source that runs this program."""
    return CommandSource(
        program(folder / "get-token", code),
        environ=environ or {},
        secrets=secrets,
        folder=folder,
        clock=clock,
        layout=layout,
    )


async def test_the_output_of_a_program_is_the_token(
    folder: Path, clock: FakeClock
) -> None:
    """It runs for each token, with the configured environment."""
    code = (
        "import os, pathlib\n"
        "count = pathlib.Path('count')\n"
        "count.write_text((count.read_text() if count.exists() else '') + 'x')\n"
        "print(os.environ['PREFIX'] + count.read_text())"
    )
    source = source_of(folder, clock, code, environ={"PREFIX": "canary-"})
    assert await source.fetch() == Token({"token": "canary-x"})
    assert await source.fetch() == Token({"token": "canary-xx"})


async def test_a_kubernetes_plugin_gets_its_environment(
    folder: Path, clock: FakeClock
) -> None:
    """It also says that nobody can answer questions."""
    code = (
        "import json, os\n"
        "asked = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "assert asked['spec'] == {'interactive': False}\n"
        "status = {'token': 'canary', 'expirationTimestamp': '2027-01-15T08:01:00Z'}\n"
        "print(json.dumps({**asked, 'status': status}))"
    )
    token = await source_of(folder, clock, code).fetch()
    assert token == Token({"token": "canary"}, expires_at=clock.wall() + 60)


async def test_json_is_read_by_pointers(folder: Path, clock: FakeClock) -> None:
    """To the token and its expiry."""
    answer = json.dumps({"data": {"t": "canary"}, "lives": "60"})
    layout = Layout({"token": "/data/t"}, expires_in="/lives")
    code = f"print({answer!r})"
    token = await source_of(folder, clock, code, layout=layout).fetch()
    assert token == Token({"token": "canary"}, expires_at=clock.wall() + 60)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "import sys; print('canary'); sys.exit('see\\nno login: run sso\\n\\n')",
            "ended with status 1: no login: run sso",
        ),
        (
            "import sys; sys.exit('bad token canary-0123456789abcdef')",
            "ended with status 1: bad token …",
        ),
        (
            "import os, sys; sys.exit('with ' + os.environ['PASS'] + '!')",
            "ended with status 1: with …!",
        ),
        ("import sys; sys.exit(7)", "ended with status 7"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
            "was ended by signal 15",
        ),
        ("", "its output is empty"),
        ("print('x' * 100_000)", "printed more than 65536 bytes"),
    ],
    ids=range(7),
)
async def test_a_failure_is_reported_without_a_secret(
    folder: Path, clock: FakeClock, code: str, told: str
) -> None:
    """With its exit status and its last line."""
    source = source_of(
        folder, clock, code, environ={"PASS": "hush"}, secrets=frozenset({"hush"})
    )
    with pytest.raises(SourceError) as caught:
        await source.fetch()
    assert str(caught.value).partition(": ")[2] == told
    assert caught.value.recoverable


async def test_a_program_that_is_missing_is_named(
    folder: Path, clock: FakeClock
) -> None:
    """But not its arguments."""
    source = CommandSource(
        ["/opt/bin/get-token", "--key=canary"], environ={}, folder=folder, clock=clock
    )
    with pytest.raises(SourceError) as caught:
        await source.fetch()
    assert str(caught.value).startswith("get-token: cannot be run: ")
    assert "canary" not in str(caught.value)
    assert not caught.value.recoverable


async def test_r5_a_failing_program_never_replaces_a_good_token(
    folder: Path, clock: FakeClock
) -> None:
    """The old one is used until it expires."""
    path, reports = folder / "say", Reports()
    path.write_text('{"t": "good", "lives": 60}')
    layout = Layout({"token": "/t"}, expires_in="/lives")
    code = "import pathlib; print(pathlib.Path('say').read_text())"
    keeper = keeper_of(source_of(folder, clock, code, layout=layout), clock, reports)
    async with keeper.running():
        assert (await keeper.token()).token.fields == {"token": "good"}
        for bad in ("", "<html>", "{}", '{"t": "bad", "lives": -1}'):
            path.write_text(bad)
            seen = len(reports.all)
            await clock.advance(50 if seen == 1 else 2.5)
            await until(lambda seen=seen: len(reports.all) > seen)  # type: ignore[misc]
            assert (await keeper.token()).token.fields == {"token": "good"}
    assert reports.outcomes["refreshed"] == 1
