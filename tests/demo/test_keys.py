"""Key pairs and tokens."""

import jwt

from proxy.demo.keys import KeyPair, fastpix_claims, sign, subject_claims


def test_a_token_is_signed_with_the_private_half(pair: KeyPair) -> None:
    """The public half verifies it, and the claims are the given ones."""
    token = sign(pair, fastpix_claims("abc"), expires_at=2_000_000_000.9)

    claims = jwt.decode(token, pair.public_pem, ["RS256"], audience="media:abc")

    assert claims["exp"] == 2_000_000_000
    assert claims["kid"] == jwt.get_unverified_header(token)["kid"]
    assert subject_claims("abc")["sub"] == "abc"


def test_the_private_half_is_not_printed(pair: KeyPair) -> None:
    """A key pair in a traceback shows nothing."""
    assert "PRIVATE" in pair.private_pem
    assert "PRIVATE" not in repr(pair)
