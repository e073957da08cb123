"""A stream is completed, and makes its members."""

from pathlib import Path

import pytest

from proxy.errors import NameUnknownError
from proxy.settings.providers import completed
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from tests.settings.stream.test_stream.streams import KEYS, SIGNED, STATIC, URL


def stream(**keys: object) -> StreamSettings:
    """Return a stream with its provider's defaults."""
    around = ValueContext(Path(), KEYS)
    return StreamSettings.model_validate(completed(keys), context=around)


def test_an_open_stream_only_needs_a_url() -> None:
    """Everything else has defaults."""
    plain = stream(url=URL)
    assert plain.url == URL
    assert plain.token is None
    assert not plain.family
    assert plain.refused == {401, 403, 410}


def test_url_and_claims_are_filled() -> None:
    """The placeholders of the signer stay."""
    lobby = stream(provider="fastpix", playback_id="p1", token=SIGNED)
    assert lobby.url == "https://stream.fastpix.com/p1.m3u8"
    assert isinstance(lobby.token, SignJwt)
    assert lobby.token.claims["aud"] == "media:p1"
    assert lobby.token.claims["kid"] == "{key_id}"


def test_variables_fill_placeholders_of_the_user() -> None:
    """In URL and claims."""
    filled = stream(
        url="https://{host}/{account}/x.m3u8",
        host="h",
        variables={"account": "a1"},
        token={**SIGNED, "claims": {"sub": "{account}"}},
        placement=[{"query": "t"}],
    )
    assert filled.url == "https://h/a1/x.m3u8"
    assert isinstance(filled.token, SignJwt)
    assert filled.token.claims["sub"] == "a1"


def test_a_family_fills_its_id_for_each_member() -> None:
    """In the URL and in the claims; the family itself stays unchanged."""
    family = stream(provider="fastpix", playback_id="{id}", token=SIGNED)
    member = family.for_member("p-1.x")
    assert family.family
    assert not member.family
    assert member.url == "https://stream.fastpix.com/p-1.x.m3u8"
    assert isinstance(member.token, SignJwt)
    assert member.token.claims["aud"] == "media:p-1.x"
    assert isinstance(family.token, SignJwt)
    assert family.token.claims["aud"] == "media:{id}"


def test_a_member_of_an_open_family_has_no_token() -> None:
    """Families need no token."""
    assert stream(url="https://h/{id}.m3u8").for_member("a").token is None


@pytest.mark.parametrize(
    "member", ["", "..", ".a", "a/b", "a?b", "a%2fb", "{id}", "ä", "a\n", "a" * 129]
)
def test_an_id_must_be_a_plain_name(member: str) -> None:
    """It comes from a player and must not change the destination."""
    with pytest.raises(NameUnknownError):
        stream(url="https://h/{id}.m3u8").for_member(member)


def test_origins_have_one_form() -> None:
    """So they can be compared with those of URLs."""
    both = stream(url=URL, origins=["https://a:443"], reach_origins=["https://B"])
    assert both.origins == {"https://a"}
    assert both.reach_origins == {"https://b"}


def test_nothing_that_may_be_secret_is_printed() -> None:
    """URLs and headers contain credentials too."""
    held = stream(
        url="https://user:CANARY@h/x.m3u8?key=CANARY",
        headers={"X-Api-Key": "CANARY"},
        token=STATIC,
        placement=[{"header": "Authorization", "value": "CANARY {token}"}],
    )
    assert "CANARY" not in repr(held)
