"""Everything that decides how a stream is built: equal plans make equal streams."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.app.plan import StreamPlan
from proxy.demo.keys import generate
from proxy.settings import Settings

Loaded = Callable[..., Settings]
TEXT = (
    '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{ query = "t" }]\n'
    '[streams.lobby.token]\nsource = "sign-jwt"\nkey_file = "key"\n'
    "claims = { sub = 'x' }\n"
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Return a key file."""
    path = tmp_path / "key"
    path.write_text(generate().private_pem)
    path.chmod(0o600)
    return path


def test_a_plan_changes_only_with_what_matters(loaded: Loaded, key: Path) -> None:
    """The content of the key and other streams do not matter."""
    before = StreamPlan.of("lobby", loaded(TEXT))
    key.write_text(generate().private_pem)
    more = '[streams.yard]\nurl = "https://h/y.m3u8"\n'
    assert StreamPlan.of("lobby", loaded(TEXT + more)) == before
    for other in (
        f"[server]\nshared_secret_files = true\n{TEXT}",
        f"[limits]\nplaylist_bytes = 9\n{TEXT}",
        TEXT.replace("'x'", "'y'"),
    ):
        assert StreamPlan.of("lobby", loaded(other)) != before


def test_names_stay_valid_while_the_limits_are_the_same(
    loaded: Loaded, key: Path
) -> None:
    """A catalog with a smaller limit is a different catalog."""
    del key
    before = StreamPlan.of("lobby", loaded(TEXT))
    assert before.names_as(StreamPlan.of("lobby", loaded(TEXT.replace("'x'", "'y'"))))
    smaller = f"[limits]\nnames_per_stream = 9\n{TEXT}"
    assert not before.names_as(StreamPlan.of("lobby", loaded(smaller)))
