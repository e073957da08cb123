"""There is at least one stream, and none hides a path of the program."""

import pytest

from proxy.settings.root import Settings
from tests.settings.told import told

URL = {"url": "https://media.example.com/index.m3u8"}


@pytest.mark.parametrize("name", ["a", "Lobby-2", "x_y.z", "0", "a" * 64, "livezz"])
def test_valid_names_of_streams(name: str) -> None:
    """Letters, digits and three other characters."""
    assert name in Settings.model_validate({"streams": {name: URL}}).streams


@pytest.mark.parametrize(
    "name",
    [
        *("livez", "readyz", "metrics", "status.json", "favicon.ico", "robots.txt"),
        *("METRICS", "lobby.m3u8", "lobby.M3U8"),
        *("", ".hidden", "-a", "a b", "a/b", "ä", "a" * 65),
    ],
)
def test_invalid_names_of_streams(name: str) -> None:
    """The program's own paths, and anything but a plain part of a path."""
    (line,) = told(Settings, {"streams": {name: URL}})
    assert line.startswith("streams.")


def test_a_configuration_without_streams_is_refused() -> None:
    """There would be nothing to play."""
    line = "streams: there are no streams; expected at least one table [streams.NAME]"
    assert told(Settings, {}) == [line]
    assert told(Settings, {"streams": {}}) == [line]


def test_an_unknown_table_is_reported() -> None:
    """With the probably intended one."""
    table = {"serverr": {}, "streams": {"a": URL}}
    assert told(Settings, table) == ["serverr: no such key; did you mean server?"]
