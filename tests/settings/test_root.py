"""The whole has at least one stream, and no stream hides a path of the program."""

import pytest

from proxy.settings.root import Settings
from tests.settings.told import told

URL = {"url": "https://media.example.com/index.m3u8"}


@pytest.mark.parametrize("name", ["a", "Lobby-2", "x_y.z", "0", "a" * 64, "livezz"])
def test_a_stream_may_be_called_so(name: str) -> None:
    """Letters, digits and three signs."""
    assert name in Settings.model_validate({"streams": {name: URL}}).streams


@pytest.mark.parametrize(
    "name",
    [
        *("livez", "readyz", "metrics", "status.json", "favicon.ico", "robots.txt"),
        *("METRICS", "lobby.m3u8", "lobby.M3U8"),
        *("", ".hidden", "-a", "a b", "a/b", "ä", "a" * 65),
    ],
)
def test_a_stream_may_not_be_called_so(name: str) -> None:
    """The program's own paths, and what is no plain part of a path."""
    (line,) = told(Settings, {"streams": {name: URL}})
    assert line.startswith("streams.")


def test_a_configuration_without_streams_is_an_oversight() -> None:
    """There would be nothing to play."""
    line = "streams: there are no streams; expected at least one table [streams.NAME]"
    assert told(Settings, {}) == [line]
    assert told(Settings, {"streams": {}}) == [line]


def test_a_section_that_does_not_exist_is_told() -> None:
    """With the one that was meant."""
    table = {"serverr": {}, "streams": {"a": URL}}
    assert told(Settings, table) == ["serverr: no such key; did you mean server?"]
