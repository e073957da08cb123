"""What crosses between the processes arrives as it was."""

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
from proxy.workers.bodies import (
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
def test_a_token_crosses_whole(token: Token) -> None:
    """Each of its fields, also those that do not count when tokens are compared."""
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
def test_an_error_crosses_whole(
    kind: type[SourceError],
    reason: str,
    recoverable: bool,  # noqa: FBT001 - drawn
    retry_after: float | None,
    for_all: bool,  # noqa: FBT001 - drawn
    useless: bool,  # noqa: FBT001 - drawn
) -> None:
    """Its class, its words, and what follows from it."""
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
    """Return what reads settings."""

    def read(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path, environ={"SECRET": "canary"})

    return read


def test_settings_cross_with_their_secrets(
    settings: Callable[[str], Settings],
) -> None:
    """Equal to what the parent checked, whatever has become of the files since."""
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


def test_only_settings_are_taken_for_settings() -> None:
    """Nothing else that could be packed."""
    with pytest.raises(TypeError):
        settings_of(orjson.dumps(_packed({"a": 1})).decode())


def _packed(value: object) -> str:
    import base64  # noqa: PLC0415 - as the parent packs

    return base64.b64encode(pickle.dumps(value)).decode()
