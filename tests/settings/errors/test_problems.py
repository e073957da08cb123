"""Problems name the key as it was written, and show no secret value."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from proxy.settings.errors.mistakes import KeyPath
from proxy.settings.errors.problems import problems
from proxy.settings.root import Settings
from proxy.settings.sources.preissued import EnvToken
from proxy.settings.sources.token import SOURCES
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

ONE_OF = f"expected one of {', '.join(SOURCES)}"
URL = "https://media.example.com/index.m3u8"


@pytest.mark.parametrize(
    ("stream", "line"),
    [
        ({"url": URL, "reech": 1}, "streams.a.reech: no such key; did you mean reach?"),
        (
            {"url": URL, "token": {"source": "env", "variabel": "CANARY"}},
            "streams.a.token.variabel: no such key; did you mean variable?",
        ),
        (
            {"url": URL, "token": {"source": "sign-hash", "secret": "CANARY"}},
            "streams.a.token.secret: no such key; did you mean key?",
        ),
        (
            {"url": URL, "token": {"source": "sign-jwt", "secret_file": "CANARY"}},
            "streams.a.token.secret_file: no such key; did you mean key_file?",
        ),
        (
            {"url": URL, "token": {"source": "http", "token_url": "CANARY"}},
            "streams.a.token.token_url: no such key; did you mean url?",
        ),
        (
            {"url": URL, "token": {"source": "oauth2", "secret": "CANARY"}},
            "streams.a.token.secret: no such key; did you mean client_secret?",
        ),
        (
            {
                "url": URL,
                "token": {
                    "source": "http",
                    "url": "https://id.test/",
                    "using": {"source": "sign-hash", "secret": "CANARY"},
                },
            },
            "streams.a.token.using.secret: no such key; did you mean key?",
        ),
        (
            {"url": URL, "token": {"source": "env", "xyz": "CANARY"}},
            "streams.a.token.xyz: no such key; expected one of "
            + ", ".join(sorted(EnvToken.model_fields)),
        ),
        (
            {"url": URL, "token": {"source": "sign-jtw"}},
            f'streams.a.token.source: "sign-jtw"; did you mean sign-jwt? {ONE_OF}',
        ),
        (
            {"url": URL, "reach": "al"},
            'streams.a.reach: "al"; did you mean all? expected one of entry, all',
        ),
        (
            {"url": URL, "xyz": "CANARY"},
            "streams.a.xyz: no such key; expected a key of config/reference.toml",
        ),
        (
            {"url": URL, "token": {"source": "file"}},
            "streams.a.token.path: is missing; expected it to be set",
        ),
        (
            {"url": URL, "token": {"source": "file", "path": 3}},
            "streams.a.token.path: a number; expected a path",
        ),
        ({"url": 31337}, "streams.a.url: a number; expected a string"),
        ({"url": ["CANARY"]}, "streams.a.url: a list; expected a string"),
        (
            {"url": URL, "placement": {"query": "CANARY"}},
            "streams.a.placement: a table; expected a list",
        ),
        (
            {"url": URL, "placement": ["CANARY"]},
            "streams.a.placement[0]: a string; expected a table",
        ),
        (
            {"url": URL, "headers": "CANARY"},
            "streams.a.headers: a string; expected a table",
        ),
        ("CANARY", "streams.a: a string; expected a table"),
    ],
)
def test_a_problem_has_key_value_and_expectation(stream: object, line: str) -> None:
    """Key: what is there; what is expected."""
    assert line in told(Settings, {"streams": {"a": stream}})
    assert "CANARY" not in "".join(told(Settings, {"streams": {"a": stream}}))


def test_a_name_that_toml_would_quote_is_quoted() -> None:
    """A dot in the name of a stream does not start a sub-key."""
    (line,) = told(Settings, {"streams": {"a.b": {"url": 3}}})
    assert line.startswith('streams."a.b".url: ')


def test_a_key_from_the_environment_is_named_by_its_variable() -> None:
    """Also below a table that came from the environment as a whole."""
    table = {"log": {"level": 1}, "streams": {"a": {"url": URL, "volatile": {"x": 1}}}}
    variables: dict[KeyPath, str] = {
        ("log", "level"): "HLS_AUTH_PROXY_LOG__LEVEL",
        ("streams", "a", "volatile"): "HLS_AUTH_PROXY_STREAMS__A__VOLATILE",
    }
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(table, context=ValueContext(Path(), {}))
    found = problems(caught.value, Settings, sources=SOURCES, variables=variables)
    keys = [problem.key for problem in found]
    assert keys == [
        "HLS_AUTH_PROXY_LOG__LEVEL",
        "HLS_AUTH_PROXY_STREAMS__A__VOLATILE.x",
    ]
