"""Which changes of a configuration make another stream."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from proxy.settings import Settings, StreamSettings, load
from proxy.settings.differences import (
    held_back,
    same_names,
    secret_files,
    settled,
    store_held_back,
)

PLAIN = '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{ query = "t" }]\n'
OAUTH2 = (
    'source = "oauth2"\ntoken_url = "https://id.test/"\nclient_id = "me"\n'
    'client_secret_file = "key"\n'
)
LOGIN = OAUTH2 + 'grant = "refresh_token"\nrefresh_token_file = "other"\n'
HTTP = (
    'source = "http"\nurl = "https://id.test/"\nsecret_file = "key"\n'
    'headers = { A = "{secret}" }\n'
)
PAID = (
    'source = "http"\nurl = "https://id.test/"\nheaders = { A = "{token}" }\n'
    f"[streams.lobby.token.using]\n{OAUTH2}"
)
SIGNED = 'source = "sign-jwt"\nclaims = { sub = "a" }\nkey_file = "key"\n'
STATIC = 'source = "static"\nvalue_file = "key"\n'


def stream(text: str) -> str:
    """Return the configuration of a stream with this token."""
    return f"{PLAIN}[streams.lobby.token]\n{text}"


def read(folder: Path, text: str, files: Mapping[str, str] | None = None) -> Settings:
    """Load a configuration beside these files."""
    for name, content in {"key": "one", "other": "one", **(files or {})}.items():
        path = folder / name
        path.write_text(content)
        path.chmod(0o600)
    config = folder / "config.toml"
    config.write_text(text)
    return load(config, environ={})


def lobby(
    folder: Path, text: str, files: Mapping[str, str] | None = None
) -> StreamSettings:
    """Return the one stream."""
    return read(folder, text, files).streams["lobby"]


@pytest.mark.parametrize(
    ("token", "file", "same"),
    [
        (OAUTH2, "key", True),
        (LOGIN, "other", True),
        (HTTP, "key", True),
        (PAID, "key", True),
        (SIGNED, "key", True),
        (STATIC, "key", False),
    ],
    ids=["client", "login", "service", "payer", "signed", "static"],
)
def test_a_secret_in_a_watched_file_does_not_change_the_stream(
    tmp_path: Path,
    token: str,
    file: str,
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A static token in its own file is read once, at the start."""
    before = lobby(tmp_path, stream(token))
    after = lobby(tmp_path, stream(token), {file: "two"})
    assert (settled(before) == settled(after)) is same
    assert settled(before) == settled(lobby(tmp_path, stream(token)))


def test_a_secret_by_value_changes_the_stream(tmp_path: Path) -> None:
    """It is not read again."""
    token = OAUTH2.replace('_file = "key"', ' = "{}"')
    one, two = (lobby(tmp_path, stream(token.format(each))) for each in "ab")
    assert settled(one) != settled(two)


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ('headers = { A = "b" }', True),
        ("refused = [401]", True),
        ('warm = "always"', True),
        ('volatile = { query = ["s"] }', False),
        ('player_parameters = ["lang"]', False),
        ('follow = "public"', False),
        ('reach = "all"', False),
    ],
)
def test_names_stay_valid_if_only_requests_change(
    tmp_path: Path,
    more: str,
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The URL, and what is removed from URLs, decide what names mean."""
    before = lobby(tmp_path, stream(STATIC))
    text = stream(HTTP).replace("placement", f"{more}\nplacement")
    assert same_names(before, lobby(tmp_path, text)) is same
    moved = text.replace("https://h/", "https://other/")
    assert not same_names(before, lobby(tmp_path, moved))


def test_the_files_of_keys_and_secrets_are_known(tmp_path: Path) -> None:
    """Those of streams, payers and the server, except one that we write."""
    text = (
        '[server]\naccess_key_file = "access"\n'
        + stream(PAID)
        + stream(LOGIN).replace("lobby", "yard").replace('"key"', '"third"')
    )
    files = {"access": "a" * 22, "third": "x"}
    found = set(secret_files(read(tmp_path, text, files)))
    assert found == {tmp_path / name for name in ("access", "key", "third")}


KEY = 'access_key = "0123456789abcdefghijkl"\n'
OTHER_KEY = KEY.replace("0", "X")
BEYOND, HOME = 'listen = "0.0.0.0:8080"\n', 'listen = "127.0.0.1:9"\n'


@pytest.mark.parametrize(
    ("running", "wanted", "waiting", "in_force"),
    [
        (HOME, HOME + KEY, (), HOME + KEY),
        (HOME, "", ("listen",), HOME),
        (HOME, 'hosts = ["a"]\n', ("listen",), HOME + 'hosts = ["a"]\n'),
        (BEYOND + KEY, BEYOND + OTHER_KEY, (), BEYOND + OTHER_KEY),
        (BEYOND + KEY, HOME + OTHER_KEY, ("listen",), BEYOND + OTHER_KEY),
        (BEYOND + KEY, HOME, ("listen", "access_key"), BEYOND + KEY),
        (
            BEYOND + 'allowed_networks = ["10.0.0.0/8"]\n',
            HOME,
            ("listen", "allowed_networks"),
            BEYOND + 'allowed_networks = ["10.0.0.0/8"]\n',
        ),
        (HOME + KEY, 'listen = "127.0.0.1:8"\n', ("listen",), HOME),
        (HOME, HOME + "workers = 2\n", ("workers",), HOME),
        ("workers = 4\n", HOME, ("listen", "workers"), "workers = 4\n"),
    ],
)
def test_s13_guards_stay_until_the_restart(
    tmp_path: Path, running: str, wanted: str, waiting: tuple[str, ...], in_force: str
) -> None:
    """A guard that a socket needs stays as long as the socket."""
    one, two, three = (
        read(tmp_path, f"[server]\n{text}{PLAIN}").server
        for text in (running, wanted, in_force)
    )
    server, keys = held_back(one, two)
    assert server == three
    assert keys == tuple(f"server.{key}" for key in waiting)


@pytest.mark.parametrize(
    ("running", "wanted", "waiting", "in_force"),
    [
        ("", "memory_bytes = 1000\n", (), "memory_bytes = 1000\n"),
        ("", 'offline_for = "1d"\n', (), 'offline_for = "1d"\n'),
        ("", 'dir = "kept"\n', ("dir",), ""),
        ('dir = "kept"\n', 'dir = "other"\n', ("dir",), 'dir = "kept"\n'),
        ("", "disk_bytes = 5\n", ("disk_bytes",), ""),
        (
            'dir = "kept"\n',
            "memory_bytes = 0\n",
            ("dir", "memory_bytes"),
            'dir = "kept"\n',
        ),
    ],
)
def test_the_disk_stays_until_the_restart(
    tmp_path: Path, running: str, wanted: str, waiting: tuple[str, ...], in_force: str
) -> None:
    """Streams write to it; how long it counts is looked up at each use."""
    one, two, three = (
        read(tmp_path, f"[store]\n{text}{PLAIN}").store
        for text in (running, wanted, in_force)
    )
    store, keys = store_held_back(one, two)
    assert store == three
    assert keys == tuple(f"store.{key}" for key in waiting)
