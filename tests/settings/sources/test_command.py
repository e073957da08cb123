"""The source `command`."""

from pathlib import Path

import pytest

from proxy.settings.sources.command import CommandToken
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

FOLDER = Path("/etc/proxy")


def stream(**token: object) -> dict[str, object]:
    """Return the table of a stream with this token."""
    return {
        "url": "https://h/live.m3u8",
        "playback_id": "p 1",
        "token": {"source": "command", **token},
        "placement": [{"query": "t"}],
    }


def built(table: dict[str, object]) -> CommandToken:
    """Return the token of a stream, filled."""
    made = StreamSettings.model_validate(table, context=ValueContext(FOLDER, {}))
    assert isinstance(made.token, CommandToken)
    return made.token


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["get", "a b", ""], ("get", "a b", "")),
        ("get --a='b c' \"d\" e\\ f", ("get", "--a=b c", "d", "e f")),
        ("get $HOME `id` | cat", ("get", "$HOME", "`id`", "|", "cat")),
    ],
)
def test_a_text_is_split_as_a_shell_would(command: object, words: object) -> None:
    """But no shell interprets it."""
    assert built(stream(command=command)).command == words


def test_placeholders_are_filled_within_one_argument() -> None:
    """For any value."""
    token = built(
        stream(command="get --id {playback_id}", env={"ID": "<{playback_id}>"})
    )
    assert token.command == ("get", "--id", "p 1")
    assert token.env == {"ID": "<p 1>"}


def test_it_runs_beside_the_configuration() -> None:
    """Or in a folder relative to it; the repr does not show the environment."""
    token = built(stream(command="./get", env={"KEY": "CANARY"}))
    assert token.folder == FOLDER
    assert built(stream(command="./get", folder="bin")).folder == FOLDER / "bin"
    assert "CANARY" not in repr(token)


def test_keys_for_aws_are_three_fields() -> None:
    """Other forms have one, unless there are pointers."""
    assert CommandToken.model_validate(
        {"source": "command", "command": "x", "format": "aws"}
    ).field_names() == {"access_key_id", "secret_access_key", "session_token"}
    assert built(stream(command="x")).field_names() == {"token"}


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ({"command": ""}, "command: is empty; expected a program and its arguments"),
        ({"command": []}, "command: is empty; expected a program and its arguments"),
        ({"command": 3}, "command: a number; expected a string or a list of strings"),
        (
            {"command": "get 'x"},
            "command: has an unclosed quote; expected words as in a shell",
        ),
        (
            {"command": "x", "format": "json"},
            (
                'format: "json" without fields; '
                'expected fields, such as { token = "/token" }'
            ),
        ),
        (
            {"command": "x", "format": "aws", "fields": {"token": "/t"}},
            'format: "aws" beside fields; expected "json", or no fields',
        ),
        (
            {"command": "x", "timeout": "121s"},
            "timeout: 121 seconds; expected 120 seconds at most",
        ),
        (
            {"command": "get {nobody}"},
            (
                "command: {nobody} is not defined; "
                "expected one of host, id, playback_id, or a key of variables"
            ),
        ),
        (
            {"command": "x", "env": {"A": "{nobody}"}},
            (
                "env: {nobody} is not defined; "
                "expected one of host, id, playback_id, or a key of variables"
            ),
        ),
    ],
    ids=range(9),
)
def test_mistakes_are_reported(token: dict[str, object], line: str) -> None:
    """As the user wrote them."""
    assert told(StreamSettings, stream(**token)) == [f"token.{line}"]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("get {id}", "an argument begins with {id}"),
        ("get --id={id} {id}.m3u8", "an argument begins with {id}"),
        ("{id}", "has {id} in the name of the program"),
        ("get --id={id}", None),
    ],
)
def test_a_player_never_chooses_an_option(command: str, found: str | None) -> None:
    """Although an id may begin with a dash."""
    table = {**stream(command=command), "url": "https://h/{id}.m3u8"}
    lines = told(StreamSettings, table)
    assert [line.partition(": ")[2].partition("; ")[0] for line in lines] == (
        [found] if found else []
    )
