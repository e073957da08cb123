"""A configuration is loaded as a whole, or refused with all its problems."""

from pathlib import Path

import pytest

from proxy.errors import SettingsError
from proxy.settings.loading import load, schema
from proxy.settings.sources.sign_jwt import SignJwt

MINIMAL = '[streams.a]\nurl = "https://media.example.com/index.m3u8"\n'


def written(folder: Path, text: str) -> Path:
    """Write a configuration."""
    path = folder / "proxy.toml"
    path.write_text(text)
    return path


def refused(path: Path, **environ: str) -> list[str]:
    """Return the problems of an invalid configuration."""
    with pytest.raises(SettingsError) as caught:
        load(path, environ=environ)
    return [str(problem) for problem in caught.value.problems]


def test_a_minimal_configuration(tmp_path: Path) -> None:
    """One stream and its URL."""
    settings = load(written(tmp_path, MINIMAL), environ={})
    assert settings.streams["a"].url == "https://media.example.com/index.m3u8"
    assert str(settings.server.listen[0]) == "127.0.0.1:8080"


def test_the_provider_completes_a_stream(tmp_path: Path) -> None:
    """Paths are relative to the folder of the file."""
    (tmp_path / "fastpix.pem").touch(mode=0o600)
    (tmp_path / "fastpix.pem").write_text("CANARY")
    text = """
        [streams.lobby]
        provider = "fastpix"
        playback_id = "p1"
        token = { source = "sign-jwt", key_file = "fastpix.pem", key_id = "k1" }
    """
    settings = load(written(tmp_path, text), environ={})
    lobby = settings.streams["lobby"]
    assert lobby.url == "https://stream.fastpix.com/p1.m3u8"
    assert lobby.follow == "public"
    assert isinstance(lobby.token, SignJwt)
    assert lobby.token.key_file == tmp_path / "fastpix.pem"
    assert lobby.token.algorithm == "RS256"
    assert "CANARY" not in repr(settings)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """Numbers are text there."""
    environ = {
        "HLS_AUTH_PROXY_LIMITS__CONNECTIONS": "7",
        "HLS_AUTH_PROXY_STREAMS__A__PROVIDER": "fastpix",
        "HLS_AUTH_PROXY_STREAMS__A__URL": "https://{host}/x.m3u8",
    }
    settings = load(written(tmp_path, MINIMAL), environ=environ)
    assert settings.limits.connections == 7
    assert settings.streams["a"].url == "https://stream.fastpix.com/x.m3u8"


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    """Of every table, the environment, and the files that they name."""
    text = """
        [server]
        listen = "0.0.0.0:80"
        access_key_file = "nowhere"
        hots = []
        [log]
        level = "loud"
        [streams.metrics]
        url = "ftp://host/CANARY"
        [streams.a]
        provider = "fastpix"
        token = { source = "sign-jwt", key_file = "nowhere", key_id = "CANARY" }
        [streams.b]
        provider = "fastpxi"
    """
    problems = refused(
        written(tmp_path, text),
        HLS_AUTH_PROXY_LOGLEVEL="CANARY",
        HLS_AUTH_PROXY_LIMITS__CONNECTIONS="CANARY" * 9,
    )
    assert [problem.partition(": ")[0] for problem in problems] == [
        "HLS_AUTH_PROXY_LOGLEVEL",
        "server.access_key_file",
        "server.hots",
        "log.level",
        "HLS_AUTH_PROXY_LIMITS__CONNECTIONS",
        "streams.metrics",
        "streams.metrics.url",
        "streams.a.playback_id",
        "streams.a.token.key_file",
        "streams.b.provider",
    ]
    assert "CANARY" not in "".join(problems)


def test_a_value_missing_in_two_keys_is_reported_once(tmp_path: Path) -> None:
    """FastPix needs the id in the URL and in the claims."""
    text = """
        [streams.a]
        provider = "fastpix"
        token = { source = "sign-jwt", key_env = "KEY", key_id = "k1" }
    """
    (problem,) = refused(written(tmp_path, text), KEY="x")
    assert problem.startswith("streams.a.playback_id: is missing")


def test_the_error_has_no_values_in_its_chain(tmp_path: Path) -> None:
    """Pydantic's own errors contain the values."""
    text = '[streams.a]\nurl = "CANARY"\ntoken = "CANARY"\n'
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text), environ={})
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("written_as", ["true", '"true"'])
def test_shared_secret_files_must_be_allowed(tmp_path: Path, written_as: str) -> None:
    """This is the only way around the checks of mode and owner."""
    (tmp_path / "key").write_text("0123456789abcdef012345")
    (tmp_path / "key").chmod(0o644)
    text = f'{MINIMAL}[server]\naccess_key_file = "key"\n'
    (problem,) = refused(written(tmp_path, text))
    assert "is open to others" in problem
    path = written(tmp_path, f"{text}shared_secret_files = {written_as}\n")
    assert load(path, environ={}).server.access_key is not None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"[server\n", "line 1, column 8: "),
        (b'[server]\nlisten = "a\n', "line 2, column "),
        (b"a = 1\na = 2\n", "line 2, column "),
        (b"a = [", "at the end of the file: "),
        (b"\xff", "is not text in UTF-8; expected TOML"),
    ],
)
def test_invalid_toml_is_reported_with_its_position(
    tmp_path: Path, content: bytes, found: str
) -> None:
    """Line and column, as in editors."""
    path = tmp_path / "proxy.toml"
    path.write_bytes(content)
    (problem,) = refused(path)
    assert problem.startswith(f"{path}: {found}")


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    """Missing, or a folder."""
    (problem,) = refused(tmp_path / "nowhere.toml")
    assert "nowhere.toml: there is no such file; " in problem
    (problem,) = refused(tmp_path)
    assert problem.endswith("expected a readable file")


def test_streams_must_be_a_table(tmp_path: Path) -> None:
    """They are not completed."""
    assert refused(written(tmp_path, "streams = 3")) == [
        "streams: a number; expected a table"
    ]


def test_the_schema_describes_all_tables() -> None:
    """Editors use it to complete and check TOML."""
    described = schema()
    assert set(described["properties"]) == {
        *("server", "log", "store", "limits", "streams")
    }
    assert "listen" in described["$defs"]["ServerSettings"]["properties"]


GUARDED = '[server]\nlisten = "0.0.0.0:80"\n'
TOKEN = 'token = { source = "static", value = "CANARY" }\n'
SIGN = 'token = { source = "sign-jwt", key_id = "k", '


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f'{GUARDED}access_key_file = "nowhere"\n{MINIMAL}', "server.access_key_file"),
        (f'{GUARDED}access_key_env = "NOBODY"\n{MINIMAL}', "server.access_key_env"),
        (f'{GUARDED}access_key = "short"\n{MINIMAL}', "server.access_key"),
        (f"{GUARDED}allowed_networks = [1]\n{MINIMAL}", "server.allowed_networks[0]"),
        (f'[streams.a]\nprovider = "fastpxi"\n{TOKEN}', "streams.a.provider"),
        (
            (
                '[streams.a]\nprovider = "akamay"\nhost = "h"\n'
                'token = { source = "sign-hash", key = "CANARY" }\n'
            ),
            "streams.a.provider",
        ),
        (
            (
                '[streams.a]\nprovider = "fastpix"\nplayback_id = "x"\n'
                f'{SIGN} key_file = "nowhere" }}\n'
            ),
            "streams.a.token.key_file",
        ),
        (
            f'{MINIMAL}token = {{ source = "sttaic", value = "CANARY" }}\n',
            "streams.a.token.source",
        ),
        (f"{MINIMAL}{TOKEN}", "streams.a.placement"),
        (f"{MINIMAL}variables = {{ foo = 1 }}\n", "streams.a.variables.foo"),
        ('[streams.a]\nurl = "https://{hots}/x"\n', "streams.a.url"),
        ('[streams.a]\nurl = "https://{host}/x"\nhost = "a b"\n', "streams.a.host"),
    ],
)
def test_one_mistake_is_one_problem(tmp_path: Path, text: str, key: str) -> None:
    """What follows from it is not reported."""
    (problem,) = refused(written(tmp_path, text))
    assert problem.startswith(f"{key}: ")
    assert "CANARY" not in problem


def test_other_problems_than_an_unknown_provider_are_reported(
    tmp_path: Path,
) -> None:
    """Only settings that the provider would have given are not."""
    text = '[streams.a]\nprovider = "fastpxi"\nreach = "al"\nurll = "https://h/x"\n'
    keys = [line.partition(": ")[0] for line in refused(written(tmp_path, text))]
    assert keys == ["streams.a.provider", "streams.a.reach", "streams.a.urll"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[streams.a]\n[streams.a]\n",
            (
                "line 2, column 11: the table [streams.a] is there twice; "
                "expected each table once"
            ),
        ),
        (
            "[streams.a]\nurl = https://h/x\n",
            (
                "line 2, column 7: this is not a value; expected a number, true, "
                'false, a list, a table, or a string in quotes: "…"'
            ),
        ),
        ("a = 1\na = 2\nb = 3\n", "this key is set twice; expected each key once"),
    ],
)
def test_a_mistake_in_toml_is_explained(
    tmp_path: Path, text: str, problem: str
) -> None:
    """With the file, the line and what is expected there."""
    path = written(tmp_path, text)
    (line,) = refused(path)
    assert line.startswith(f"{path}: ")
    assert line.endswith(problem)
