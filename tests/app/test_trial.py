"""What of a configuration is tried while it is read."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.demo.keys import generate
from proxy.errors import SettingsError
from proxy.settings import Settings

Load = Callable[..., Settings]
SIGN = (
    '[streams.{name}]\nurl = "https://h/v.m3u8"\nplacement = [{{ query = "t" }}]\n'
    "token = {token}\n"
)
JWT = '{{ source = "sign-jwt", claims = {{}}, {key} }}'


def problems(tried: Load, text: str, **environ: str) -> list[str]:
    """Return the problems of a configuration that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        tried(text, environ)
    return [str(problem) for problem in caught.value.problems]


def test_each_wrong_key_is_named_by_stream_and_setting(tried: Load) -> None:
    """Whether the key is a value, a variable or a file, also for a payer's token."""
    paid = (
        '{ source = "http", url = "https://h/t", headers = { A = "{token}" }, using = '
        + JWT.format(key='key_env = "BAD"')
        + " }"
    )
    text = "".join(
        SIGN.format(name=name, token=token)
        for name, token in {
            "a": JWT.format(key='key_env = "BAD"'),
            "b": JWT.format(key='key = "CANARY"'),
            "c": paid,
            "d": JWT.format(key='key_env = "GOOD"'),
        }.items()
    )
    good = generate().private_pem
    found = problems(tried, text, BAD="CANARY", GOOD=good)
    assert [line.partition(": ")[0] for line in found] == [
        "streams.a.token.key_env",
        "streams.b.token.key",
        "streams.c.token.using.key_env",
    ]
    assert "CANARY" not in "".join(found)


def test_a_message_that_cannot_be_built_is_found(tried: Load) -> None:
    """Here a filter gets a value that it does not accept."""
    token = (
        '{ source = "sign-hash", algorithm = "hmac-sha256", key = "k",'
        ' message = "{path:ip}" }'
    )
    (line,) = problems(tried, SIGN.format(name="a", token=token))
    assert line.startswith("streams.a.token: ")
    assert "expected an IP address" in line


@pytest.mark.skipif(sys.platform == "win32", reason="not on this system")
def test_a_login_that_could_not_be_stored_is_found(tried: Load, tmp_path: Path) -> None:
    """Before its refresh token is used up."""
    (tmp_path / "login.token").symlink_to("/dev/full/nowhere")
    token = (
        '{ source = "oauth2", token_url = "https://h/t", client_id = "c",'
        ' grant = "refresh_token", refresh_token_file = "login.token" }'
    )
    (line,) = problems(tried, SIGN.format(name="a", token=token))
    assert line.startswith("streams.a.token.refresh_token_file: ")


def test_a_family_is_tried_with_an_example_member(tried: Load) -> None:
    """A real id is known only when a player requests it."""
    text = SIGN.format(name="all", token=JWT.format(key='key = "CANARY"'))
    (line,) = problems(tried, text.replace("h/v", "h/{id}/v"))
    assert line.startswith("streams.all.token.key: is not a PEM")
