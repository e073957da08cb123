"""The program listens beyond loopback only with a guard."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from proxy.core.http.listening import Address
from proxy.settings.program import (
    LimitSettings,
    LogSettings,
    ServerSettings,
    StoreSettings,
)
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

KEY = "0123456789abcdef012345"
ORIGIN = "expected an origin such as https://host or http://host:8080"
EVERYWHERE = "0.0.0.0:8080"


def test_it_listens_on_loopback_by_default() -> None:
    """By default nobody else can connect."""
    assert ServerSettings().listen == (Address("127.0.0.1", 8080),)


@pytest.mark.parametrize("written", [["127.0.0.1:1", "[::1]:1"], "localhost:0"])
def test_one_address_or_several(written: object) -> None:
    """A string is a list of one."""
    read = ServerSettings.model_validate({"listen": written}).listen
    assert [str(place) for place in read] == (
        written if isinstance(written, list) else [written]
    )


@pytest.mark.parametrize("listen", [EVERYWHERE, "[::]:80", ["127.0.0.1:1", "tv.lan:1"]])
def test_s13_listening_beyond_loopback_needs_a_guard(listen: object) -> None:
    """Without key and networks the program does not start."""
    (line,) = told(ServerSettings, {"listen": listen})
    assert line.endswith(
        "can be reached from other machines; "
        "expected server.access_key or server.allowed_networks too"
    )


@pytest.mark.parametrize(
    "guard",
    [
        {"access_key": KEY},
        {"access_key_env": "KEY"},
        {"allowed_networks": ["10.0.0.0/8"]},
    ],
)
def test_s13_either_guard_is_enough(guard: dict[str, object]) -> None:
    """With one of them it may listen anywhere."""
    assert not told(
        ServerSettings, {"listen": EVERYWHERE, **guard}, environ={"KEY": KEY}
    )


def test_s13_an_invalid_guard_is_reported_once() -> None:
    """One mistake is one line."""
    (line,) = told(ServerSettings, {"listen": EVERYWHERE, "access_key": "short"})
    assert line.startswith("access_key: is too short")


def test_the_access_key_may_come_from_several_places() -> None:
    """It is always in the same field, and no repr shows it."""
    around = ValueContext(Path(), {"KEY": KEY})
    server = ServerSettings.model_validate({"access_key_env": "KEY"}, context=around)
    assert server.access_key == SecretStr(KEY)
    assert KEY not in repr(server)


@pytest.mark.parametrize("key", [KEY[:-1], f"{KEY}+", f"{KEY}/", f"{KEY} ", ""])
def test_a_key_of_too_few_or_strange_characters_is_refused(key: str) -> None:
    """22 characters of 64 are 132 bits; the key is used in a path unchanged."""
    (line,) = told(ServerSettings, {"access_key": key})
    assert KEY[:8] not in line


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"listen": []}, "listen: an empty list; expected an address to listen on"),
        (
            {"listen": 8080},
            'listen: 8080; expected "host:port", such as "127.0.0.1:8080"',
        ),
        (
            {"public_url": "https://tv.example.com/?a"},
            "public_url: has a query; expected a URL without ? and what follows",
        ),
        (
            {"public_url": "tv.example.com"},
            "public_url: is not a URL; expected one such as https://host/live.m3u8",
        ),
        ({"hosts": ["*"]}, 'hosts[0]: "*"; expected "name" or "name:port"'),
        (
            {"cors_origins": ["*"]},
            f'cors_origins[0]: "*"; {ORIGIN}',
        ),
        ({"hosts": "tv.lan"}, "hosts: a string; expected a list"),
    ],
)
def test_mistakes_are_reported(table: dict[str, object], line: str) -> None:
    """Key: what is there; what is expected."""
    assert told(ServerSettings, table) == [line]


def test_a_public_url_has_no_slash_at_its_end() -> None:
    """The appended path begins with one."""
    table = {"public_url": "https://tv.example.com/hls/"}
    read = ServerSettings.model_validate(table)
    assert read.public_url == "https://tv.example.com/hls"


def test_log_and_limits_are_checked() -> None:
    """Other values are refused."""
    assert told(LogSettings, {"level": "loud", "format": "xml"}) == [
        'level: "loud"; expected one of debug, info, warning, error',
        'format: "xml"; expected one of auto, text, json',
    ]
    assert told(LimitSettings, {"connections": 0}) == [
        "connections: 0; expected it to be greater than 0"
    ]


def test_a_disk_needs_memory(tmp_path: Path) -> None:
    """Each byte that goes to it goes through memory first."""
    table = {"memory_bytes": 0, "dir": "kept"}
    (line,) = told(StoreSettings, table, folder=tmp_path)
    assert line.startswith("dir: is set with memory_bytes = 0; expected memory")
    assert told(StoreSettings, {"dir": "kept", "offline_for": "soon"}) == [
        'offline_for: "soon"; expected seconds, or a duration such as "90s", "5m", "1h"'
    ]


def test_the_folder_of_the_disk_is_beside_the_configuration(tmp_path: Path) -> None:
    """As all relative paths are; a week is the default."""
    around = ValueContext(tmp_path, {})
    read = StoreSettings.model_validate({"dir": "kept"}, context=around)
    assert read.dir == tmp_path / "kept"
    assert read.offline_for == 7 * 24 * 3600
