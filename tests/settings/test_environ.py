"""The environment overrides the file; a variable without effect is reported."""

import pytest

from proxy.settings.environ import overlay

FILE = {
    "server": {"listen": "127.0.0.1:8080"},
    "streams": {
        "Lobby-2": {"token": {"source": "env", "variable": "TOKEN"}},
        "signed": {"token": {"source": "sign-jwt"}, "headers": {"X_Team": "a"}},
    },
}


@pytest.mark.parametrize(
    ("name", "value", "path", "read"),
    [
        ("SERVER__LISTEN", "[::1]:1", ("server", "listen"), "[::1]:1"),
        ("SERVER__HOSTS", '["a"', ("server", "hosts"), '["a"'),
        ("SERVER__HOSTS", '["a", "b"]', ("server", "hosts"), ["a", "b"]),
        ("LIMITS__CONNECTIONS", "7", ("limits", "connections"), "7"),
        ("STREAMS__LOBBY_2__URL", "u", ("streams", "Lobby-2", "url"), "u"),
        ("STREAMS__YARD__URL", "u", ("streams", "yard", "url"), "u"),
        (
            "STREAMS__LOBBY_2__TOKEN__VARIABLE",
            "OTHER",
            ("streams", "Lobby-2", "token", "variable"),
            "OTHER",
        ),
        (
            "STREAMS__LOBBY_2__HEADERS__X_API_KEY",
            "k",
            ("streams", "Lobby-2", "headers", "x-api-key"),
            "k",
        ),
        (
            "STREAMS__LOBBY_2__TOKEN__HEADERS__X_API_KEY",
            "k",
            ("streams", "Lobby-2", "token", "headers", "x-api-key"),
            "k",
        ),
        (
            "STREAMS__SIGNED__TOKEN__HEADERS__KEY_SET",
            "k",
            ("streams", "signed", "token", "headers", "key_set"),
            "k",
        ),
        (
            "STREAMS__SIGNED__HEADERS__X_TEAM",
            "k",
            ("streams", "signed", "headers", "X_Team"),
            "k",
        ),
        (
            "STREAMS__YARD__TOKEN",
            '{ source = "env", variable = "X" }',
            ("streams", "yard", "token"),
            {"source": "env", "variable": "X"},
        ),
    ],
)
def test_a_variable_overrides_a_key(
    name: str, value: str, path: tuple[str, ...], read: object
) -> None:
    """Case and dashes come from the file; a list is TOML, anything else is text.

    Names of new HTTP headers get dashes.
    """
    overlaid = overlay(FILE, {f"HLS_AUTH_PROXY_{name}": value, "PATH": "/bin"})
    found: object = overlaid.table
    for part in path:
        assert isinstance(found, dict)
        found = found[part]
    assert found == read
    assert overlaid.variables == {path: f"HLS_AUTH_PROXY_{name}"}
    assert not overlaid.problems


def test_the_file_itself_stays_unchanged() -> None:
    """The result is a copy."""
    overlay(FILE, {"HLS_AUTH_PROXY_SERVER__LISTEN": "x"})
    assert FILE["server"] == {"listen": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "LISTEN",
            "CANARY",
            "is not a setting; expected two underscores between its parts",
        ),
        (
            "SERVER_LISTEN",
            "",
            "is not a setting; expected two underscores between its parts",
        ),
        (
            "SERVER__LISTEN__PORT",
            "CANARY",
            "server.listen is not a table; expected a key of a table",
        ),
    ],
)
def test_a_variable_without_effect_is_reported(
    name: str, value: str, line: str
) -> None:
    """By its name, without its value."""
    (problem,) = overlay(FILE, {f"HLS_AUTH_PROXY_{name}": value}).problems
    assert str(problem) == f"HLS_AUTH_PROXY_{name}: {line}"


@pytest.mark.parametrize(
    "name",
    [
        "HLS_AUTH_PROXY_CONFIG",
        "HLS_AUTH_PROXY_SERVICE_HOST",
        "HLS_AUTH_PROXY_SERVICE_PORT",
        "HLS_AUTH_PROXY_SERVICE_PORT_HTTP",
        "HLS_AUTH_PROXY_PORT",
        "HLS_AUTH_PROXY_PORT_8080_TCP_ADDR",
        "HLS_AUTH_PROXY_TWO_SERVICE_PORT_HTTP",
        "HLS_AUTH_PROXY_TWO_PORT_8080_TCP",
        "HLS_AUTH_PROXYX",
    ],
)
def test_other_variables_are_ignored(name: str) -> None:
    """The command line has one, and Kubernetes sets some for Services."""
    overlaid = overlay(FILE, {name: "x"})
    assert overlaid.table == FILE
    assert not overlaid.problems


def test_a_variable_that_the_configuration_names_is_allowed() -> None:
    """A secret may have our prefix."""
    table = {"streams": {"a": {"token": {"variable": "HLS_AUTH_PROXY_TOKEN"}}}}
    assert not overlay(table, {"HLS_AUTH_PROXY_TOKEN": "CANARY"}).problems
