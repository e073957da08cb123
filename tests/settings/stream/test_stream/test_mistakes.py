"""A stream is checked as a whole."""

import pytest

from proxy.settings.providers import completed, known
from proxy.settings.stream.stream import StreamSettings
from tests.settings.stream.test_stream.streams import KEYS, SIGNED, STATIC, URL
from tests.settings.told import told

NAMES = "expected one of host, id, playback_id, or a key of variables"


def problems(**keys: object) -> list[str]:
    """Return the problems of a stream."""
    return told(StreamSettings, completed(keys), environ=KEYS)


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ({}, ["url: is missing; expected the URL of the entry playlist"]),
        (
            {"provider": "fastpxi"},
            ['provider: "fastpxi"; did you mean fastpix?'],
        ),
        (
            {"provider": "nobody"},
            ['provider: "nobody"; expected one of ' + ", ".join(known())],
        ),
        (
            {"url": "https://{host}/{foo}"},
            [
                f"url: {{foo}} is not defined; {NAMES}",
                (
                    "host: is missing; "
                    "expected it to be set: the url or the token uses {host}"
                ),
            ],
        ),
        (
            {"url": "https://{id}.example.com/x.m3u8"},
            ["url: has {id} in its host; expected it in the path or the query"],
        ),
        ({"url": URL, "host": "a b"}, ['host: "a b"; expected "name" or "name:port"']),
        (
            {"url": URL, "token": STATIC},
            [
                (
                    "placement: is missing; "
                    'expected where the token goes, such as [{ query = "token" }]'
                )
            ],
        ),
        (
            {
                "url": URL,
                "token": STATIC,
                "placement": [{"query": "t"}, {"path_part": 3, "value": "{sig}"}],
            },
            [
                (
                    "placement[1]: {sig} is not a field of the token; "
                    "expected one of token"
                ),
                "placement[1]: path_part 3; expected at most 2: the url has 2 parts",
            ],
        ),
        (
            {
                "url": URL,
                "token": STATIC,
                "placement": [{"query": "t"}, {"query": "T", "value": "a{token}"}],
            },
            ["placement[1]: is the place of an earlier one; expected each place once"],
        ),
        (
            {
                "url": URL,
                "token": {**SIGNED, "claims": {"sub": "{id}"}},
                "placement": [{"query": "t"}],
            },
            [
                (
                    "token.claims: has {id}, but the url does not; "
                    "expected {id} in both or in neither"
                )
            ],
        ),
        (
            {
                "url": URL,
                "token": STATIC,
                "placement": [{"query": "t"}],
                "binding": "once",
            },
            ['binding: "once"; expected one of stream for tokens of static'],
        ),
        (
            {
                "url": URL,
                "token": {**SIGNED, "claims": {}},
                "placement": [{"query": "t"}],
                "binding": "once",
                "reach": "all",
            },
            ['binding: "once" with reach = "all"; expected reach = "entry"'],
        ),
        (
            {
                "url": URL,
                "token": {**SIGNED, "claims": {"exp": "{expires}", "jti": "x"}},
                "placement": [{"query": "t"}],
                "binding": "once",
            },
            [
                (
                    'binding: "once", but tokens of the same second are equal; '
                    "expected {random} or {uuid} in the token, such as a claim jti"
                )
            ],
        ),
        (
            {"url": "https://u:CANARY@a.example/v.m3u8", "delivery": "redirect"},
            [
                (
                    'delivery: "redirect" with a user and password in the url; '
                    'expected "relay": players get only the URL of a redirect'
                )
            ],
        ),
        (
            {"url": URL, "delivery": "proxy"},
            ['delivery: "proxy"; expected one of relay, redirect'],
        ),
        (
            {"url": URL, "refused": [401, 404]},
            ["not_ready: 404 is in refused too; expected each status in one of them"],
        ),
        (
            {"url": URL, "refused": [200], "not_ready": [600]},
            [
                "refused[0]: 200; expected a status from 400 to 599",
                "not_ready[0]: 600; expected a status from 400 to 599",
            ],
        ),
        (
            {"url": URL, "headers": {"Host": "CANARY", "X": "a\r\nCANARY"}},
            [
                (
                    'headers.Host: "Host"; '
                    "expected a header that the proxy does not set itself"
                ),
                "headers.X: is not one line of ASCII; expected one line of ASCII",
            ],
        ),
        (
            {"url": URL, "reach": "some", "follow": "all", "warm": "yes"},
            [
                'reach: "some"; expected one of entry, all',
                'warm: "yes"; expected one of played, always',
                'follow: "all"; expected one of listed, public',
            ],
        ),
    ],
)
def test_all_mistakes_are_reported_together(
    keys: dict[str, object], lines: list[str]
) -> None:
    """Also those that only show in combination."""
    assert problems(**keys) == lines


def test_missing_settings_of_a_provider_are_reported() -> None:
    """The playback id, and the id of the key."""
    token = {"source": "sign-jwt", "key_env": "KEY"}
    found = [
        line.partition(";")[0] for line in problems(provider="fastpix", token=token)
    ]
    assert found == ["playback_id: is missing", "token.key_id: is missing"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"header": "Authorization"}, "the token in the header Authorization"),
        ({"cookie": "session"}, "the token in the cookie session"),
        ({"basic": "u"}, "the token in Basic authentication"),
        ({"query": "t"}, None),
        ({"path_prefix": "t="}, None),
    ],
)
def test_a_token_that_media_needs_is_redirected_only_in_the_url(
    place: dict[str, object], said: str | None
) -> None:
    """One that only opens the entry does not matter: the entry is not redirected."""
    keys = {
        "url": URL,
        "token": STATIC,
        "placement": [{"query": "x", "value": "{token}1"}, place],
        "delivery": "redirect",
    }
    wanted = 'expected "relay": players get only the URL of a redirect'
    lines = [f'delivery: "redirect" with {said}; {wanted}'] if said else []
    assert problems(**keys, reach="all") == lines
    assert problems(**keys, reach="entry") == []


def test_a_credential_that_is_renewed_in_a_header_cannot_be_redirected() -> None:
    """It opens whatever the token opens."""
    keys = {"url": URL, "renewed_headers": ["X-Token"], "delivery": "redirect"}
    assert problems(**keys, reach="entry") == []
    (line,) = problems(**keys, reach="all")
    assert line.startswith('delivery: "redirect" with credentials in renewed_headers;')
