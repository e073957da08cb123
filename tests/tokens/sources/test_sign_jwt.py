"""The source `sign-jwt`."""

import json
from collections.abc import Mapping
from uuid import UUID

import jwt
import pytest

from proxy.errors import StartError
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.sources.sign_jwt import JwtSigner
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded

SECRET = b"canary-canary-canary-canary-canary"
NOW = 1_800_000_000


def signer(
    claims: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
    *,
    clock: FakeClock | None = None,
) -> JwtSigner:
    """Return a source with a lifetime of 300 s."""
    return JwtSigner(
        claims=claims,
        headers=headers or {},
        lifetime=300.0,
        key=SigningKey(algorithm="HS256", key=SECRET, key_id="kid-1"),
        clock=clock or FakeClock(NOW),
        rng=seeded(),
    )


async def signed(source: JwtSigner) -> tuple[dict[str, object], dict[str, object]]:
    """Verify the signature of a token; return its header and claims."""
    token = (await source.fetch()).fields["token"]
    read = jwt.api_jws.decode_complete(token, SECRET, algorithms=["HS256"])
    return dict(read["header"]), json.loads(read["payload"])


async def test_templates_are_filled_in_their_order() -> None:
    """A time by itself becomes an integer; values that are not text stay."""
    header, claims = await signed(
        signer(
            {
                "kid": "{key_id}",
                "aud": "media:7",
                "iat": "{issued}",
                "exp": "{expires}",
                "iss": "https://id.test/{key_id}?until={expires}",
                "downloadable": False,
                "accessRules": [{"type": "any"}],
                "sub": "",
                "other": "{playback_id}",
            },
            {"typ": "JWT", "kid": "{key_id}"},
        )
    )
    assert list(header.items()) == [("alg", "HS256"), ("typ", "JWT"), ("kid", "kid-1")]
    assert list(claims.items()) == [
        ("kid", "kid-1"),
        ("aud", "media:7"),
        ("iat", NOW - 60),
        ("exp", NOW + 300),
        ("iss", f"https://id.test/kid-1?until={NOW + 300}"),
        ("downloadable", False),
        ("accessRules", [{"type": "any"}]),
        ("sub", ""),
        ("other", "{playback_id}"),
    ]


async def test_templates_are_filled_at_every_depth() -> None:
    """Also in lists and tables; keys, and values that are not text, stay."""
    deep = {"{key_id}": ["{key_id}", "until {expires}", {"at": "{issued}"}, 7, None]}
    assert (await signed(signer({"rules": [deep], "jti": "{random}"})))[1]["rules"] == [
        {"{key_id}": ["kid-1", f"until {NOW + 300}", {"at": NOW - 60}, 7, None]}
    ]


async def test_a_random_value_is_the_same_in_all_of_a_token() -> None:
    """A claim may repeat another, at any depth."""
    _, claims = await signed(signer({"jti": "{random}", "same": [["{random}"]]}))
    assert claims["same"] == [[claims["jti"]]]


async def test_the_token_contains_only_what_is_configured() -> None:
    """Cloudflare's header may have no `typ`, and Mux has no `iat`."""
    assert await signed(signer({})) == ({"alg": "HS256"}, {})


async def test_the_token_knows_its_expiry() -> None:
    """From the lifetime, whatever the claims are."""
    clock = FakeClock(NOW + 0.75)
    token = await signer({"exp": "{expires}"}, clock=clock).fetch()
    # Its `exp` has no fraction; the margin at the end must not hide that.
    assert token.expires_at == NOW + 300
    assert list(token.fields) == ["token"]


async def test_a_random_value_may_be_a_uuid() -> None:
    """For platforms that require it: version 4, with dashes."""
    _, claims = await signed(signer({"jti": "{uuid}"}))
    text = str(claims["jti"])
    assert (str(UUID(text)), UUID(text).version) == (text, 4)


async def test_a_random_claim_differs_from_token_to_token() -> None:
    """32 hex digits."""
    source = signer({"jti": "{random}"})
    first, second = [(await signed(source))[1]["jti"] for _ in range(2)]
    assert first != second
    assert len(bytes.fromhex(str(first))) == 16


@pytest.mark.parametrize("name", ["alg", "crit", "b64"])
def test_a_header_that_changes_the_algorithm_is_refused(name: str) -> None:
    """The algorithm only comes from the setting of the key."""
    with pytest.raises(StartError, match=f"a header may not set {name}"):
        signer({}, {name: "none"})


async def test_texts_beyond_ascii_are_kept() -> None:
    """They are UTF-8 in the token."""
    assert (await signed(signer({"sub": "Grüße"})))[1] == {"sub": "Grüße"}
