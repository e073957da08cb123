"""A signed hash needs a message with known placeholders and filters."""

from pathlib import Path
from typing import get_args

import pytest

from proxy.core.tokens.templates.filters import FILTERS
from proxy.core.tokens.templates.message import message
from proxy.settings.sources.sign_hash import HashAlgorithm, Output, SignHash
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

URL = "https://media.example.com/live/index.m3u8"


def table(**keys: object) -> dict[str, object]:
    """Return a table with a key."""
    return {
        "source": "sign-hash",
        "algorithm": "hmac-sha1",
        "key": "CANARY",
        "message": "{path}{expires}",
        **keys,
    }


def hashed(**keys: object) -> SignHash:
    """Return valid settings."""
    return SignHash.model_validate(table(**keys), context=ValueContext(Path(), {}))


def stream(**keys: object) -> dict[str, object]:
    """Return a stream with such a token."""
    place = {"query": "t", "value": "{token}"}
    return {"url": URL, "token": table(), "placement": [place], **keys}


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (
            {"algorithm": "sha3"},
            'algorithm: "sha3"; did you mean sha384? expected one of '
            + ", ".join(get_args(HashAlgorithm)),
        ),
        (
            {"algorithm": "rsa-sha1", "key_encoding": "hex"},
            (
                'key_encoding: "hex"; '
                'expected "raw": the private key of rsa-sha1 shows its encoding'
            ),
        ),
        (
            {"message": "{path:Base64}"},
            "message: there is no filter Base64; did you mean base64? expected one of "
            + ", ".join(FILTERS),
        ),
        (
            {"texts": {"a": "{path:b}"}},
            f"texts.a: there is no filter b; expected one of {', '.join(FILTERS)}",
        ),
        (
            {"texts": {"a": "{b}", "b": "x"}},
            "texts.a: {b} is defined further down; expected it above this text",
        ),
        (
            {"texts": {"a": "{a}"}},
            "texts.a: {a} is defined further down; expected it above this text",
        ),
        (
            {"texts": {"path": "x"}},
            'texts.path: "path"; expected a name that has no built-in meaning',
        ),
        (
            {"message": "{signature}"},
            "message: {signature} is not known here; expected it only in fields",
        ),
        (
            {"message": "{secret}"},
            (
                "message: {secret} with hmac-sha1; "
                "expected it without: there the secret is the key"
            ),
        ),
        (
            {"algorithm": "md5"},
            (
                "message: does not contain {secret}; "
                "expected it: without a secret anybody can make this hash"
            ),
        ),
        (
            {
                "algorithm": "md5",
                "texts": {"a": "{secret}", "b": "{a:hex}"},
                "message": "{b}",
                "fields": {"token": "{b}"},
            },
            "fields.token: {b} reveals the secret; expected it only in the message",
        ),
        (
            {"fields": {}},
            'fields: is empty; expected at least { token = "{signature}" }',
        ),
        (
            {"fields": {"token": "{signature}.{key_id}"}},
            "key_id: is missing; expected the id that the platform gave the key",
        ),
        (
            {"output": "base32"},
            'output: "base32"; did you mean base64? expected one of '
            + ", ".join(get_args(Output)),
        ),
    ],
)
def test_invalid_settings_are_refused(keys: dict[str, object], line: str) -> None:
    """At the start, and without showing the secret."""
    assert told(SignHash, table(**keys)) == [line]


def test_a_message_is_required() -> None:
    """From a provider or from the user."""
    bare = table()
    del bare["message"]
    assert told(SignHash, bare) == ["message: is missing; expected it to be set"]


def test_an_unknown_placeholder_is_refused_with_the_known_ones() -> None:
    """In the text that contains it."""
    texts = {"acl": "/{nothing}/*"}
    (line,) = told(StreamSettings, stream(token=table(texts=texts)))
    assert line.startswith(
        "token.texts.acl: {nothing} is not defined; expected one of "
    )
    for name in ("acl", "expires_hex", "directory", "playback_id", "random"):
        assert f" {name}," in line


def test_a_stream_fills_its_own_placeholders() -> None:
    """Values are inserted unchanged; braces in them are not placeholders."""
    settings = StreamSettings.model_validate(
        stream(
            variables={"zone": "a{path}"},
            playback_id="p1",
            token=table(
                message="{zone:hex}{playback_id}{expires}{own}", texts={"own": "x"}
            ),
        )
    )
    token = settings.token
    assert isinstance(token, SignHash)
    assert not token.holes()
    filled = {name: message(text).filled({}) for name, text in token.texts.items()}
    assert filled == {"zone": b"a{path}", "playback_id": b"p1", "own": b"x"}


def test_a_family_fills_its_id_for_each_member() -> None:
    """Also if it came as the playback id."""
    family = StreamSettings.model_validate(
        stream(
            url="https://h/{playback_id}/a.m3u8",
            playback_id="v-{id}",
            token=table(message="{id}{playback_id}"),
        )
    )
    token = family.for_member("m1").token
    assert isinstance(token, SignHash)
    assert not token.holes()
    values: dict[str, bytes] = {}
    for name, text in token.texts.items():
        values[name] = message(text).filled(values)
    assert values == {"id": b"m1", "playback_id": b"v-m1"}


def test_a_member_needs_its_id_in_the_url() -> None:
    """Otherwise a player would choose what is signed, but not what is played."""
    assert told(StreamSettings, stream(token=table(message="{id}"))) == [
        (
            "token.message: has {id}, but the url does not; "
            "expected {id} in both or in neither"
        )
    ]


@pytest.mark.parametrize(
    ("keys", "needs"),
    [
        ({"message": "{path}"}, True),
        ({"message": "{expires}", "fields": {"token": "{query}{signature}"}}, True),
        ({"message": "{own}", "texts": {"own": "{directory}"}}, True),
        ({"message": "{origin}{entry_directory}{expires}"}, False),
    ],
)
def test_parts_of_the_url_need_a_token_per_url(
    keys: dict[str, object], *, needs: bool
) -> None:
    """Wherever they are."""
    assert hashed(**keys).needs_url is needs


def test_a_token_for_one_url_cannot_serve_all() -> None:
    """Otherwise the entry would play, and each segment would be refused."""
    (line,) = told(StreamSettings, stream(reach="all"))
    assert line.startswith('binding: "stream" with reach = "all"; expected "url": ')
    assert not told(StreamSettings, stream(reach="all", binding="url"))
    assert not told(StreamSettings, stream(reach="entry"))


def test_placements_name_its_fields() -> None:
    """By default one called `token`."""
    assert hashed().field_names() == {"token"}
    fields = {"policy": "{path}", "signature": "{signature}"}
    assert hashed(fields=fields).field_names() == {"policy", "signature"}
