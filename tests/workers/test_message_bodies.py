"""Values arrive in the other process unchanged."""

import pickle
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.token import Token
from proxy.errors import ExpiryError, SourceError
from proxy.settings import Settings, load
from proxy.workers.message_bodies import (
    error_of,
    packed,
    settings_of,
    shown,
    token_of,
    told,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.builds(
        Token,
        fields=st.dictionaries(TEXTS, TEXTS),
        expires_at=TIMES,
        not_before=TIMES,
        refresh_in=TIMES,
        ends_there=TIMES,
        url=st.none() | TEXTS,
        until=TIMES,
        untold=TEXTS,
    )
)
def test_a_token_is_transferred_completely(token: Token) -> None:
    """Each field, also those that are ignored when tokens are compared."""
    crossed = token_of(orjson.loads(orjson.dumps(shown(token))))
    assert crossed == token
    others = ("ends_there", "until", "untold")
    assert [getattr(crossed, name) for name in others] == [
        getattr(token, name) for name in others
    ]


@given(
    st.sampled_from([SourceError, ExpiryError]),
    TEXTS,
    st.booleans(),
    TIMES,
    st.booleans(),
    st.booleans(),
)
def test_an_error_is_transferred_completely(
    kind: type[SourceError],
    reason: str,
    recoverable: bool,  # noqa: FBT001 - drawn
    retry_after: float | None,
    for_all: bool,  # noqa: FBT001 - drawn
    useless: bool,  # noqa: FBT001 - drawn
) -> None:
    """Its class, its message, and its attributes."""
    error = kind(
        reason,
        recoverable=recoverable,
        retry_after=retry_after,
        for_all=for_all,
        useless=useless,
    )
    crossed = error_of(orjson.loads(orjson.dumps(told(error))))
    assert type(crossed) is kind
    assert (str(crossed), vars(crossed)) == (str(error), vars(error))


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Settings]:
    """Return a function that loads settings."""

    def read(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path, environ={"SECRET": "canary"})

    return read


def test_settings_are_transferred_with_their_secrets(
    settings: Callable[[str], Settings],
) -> None:
    """Equal to what the parent checked, even if the files changed since."""
    text = (
        '[server]\nlisten = ["127.0.0.1:1", "[::1]:2"]\nworkers = 3\n'
        '[streams.a]\nurl = "https://h/{id}"\nprovider = "generic"\n'
        'placement = [{ header = "Authorization", value = "Bearer {token}" }]\n'
        'token = { source = "http", url = "https://t/{id}", secret_env = "SECRET", '
        'headers = { X = "{secret}" } }\n'
    )
    sent = settings(text)
    came = settings_of(packed(sent))
    assert came == sent
    assert came.streams["a"].for_member("m") == sent.streams["a"].for_member("m")


def test_only_settings_are_accepted() -> None:
    """No other packed object is."""
    with pytest.raises(TypeError):
        settings_of(orjson.dumps(_packed({"a": 1})).decode())


def _packed(value: object) -> str:
    import base64  # noqa: PLC0415 - as the parent packs

    return base64.b64encode(pickle.dumps(value)).decode()
