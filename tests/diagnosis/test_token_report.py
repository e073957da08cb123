"""A token as text for people."""

import jwt as pyjwt

from proxy.core.tokens.token import Token
from proxy.diagnosis.token_report import Purpose, moment, told

NOW = 1_700_000_000.0
PURPOSE = Purpose("sign-jwt", ("query token",), "the entry playlist alone", "p1")
SECRET = "0123456789abcdef0123456789abcdef"


def token(**claims: object) -> Token:
    """Return a JWT as a token."""
    text = pyjwt.encode({"sub": "p1", "exp": int(NOW) + 300, **claims}, SECRET)
    return Token({"token": text}, expires_at=NOW + 300)


def test_a_token_is_shown_without_its_value() -> None:
    """Its claims are shown, but not the value."""
    kept = token()
    text = "\n".join(told(kept, PURPOSE, now=NOW))
    assert kept.fields["token"] not in text
    assert kept.fields["token"].rpartition(".")[2] not in text
    for said in ('sub = "p1"', '"alg": "HS256"', "query token", "in 5 min", "entry"):
        assert said in text


def test_its_value_is_shown_on_request() -> None:
    """Also that of a URL token."""
    kept = token()
    assert kept.fields["token"] in "\n".join(told(kept, PURPOSE, now=NOW, reveal=True))
    whole = Token({}, url="https://cdn.test/CANARY")
    assert "CANARY" not in "\n".join(told(whole, PURPOSE, now=NOW))
    assert "CANARY" in "\n".join(told(whole, PURPOSE, now=NOW, reveal=True))


def test_mismatches_are_noted() -> None:
    """They would be refused."""
    lines = list(told(token(sub="p2"), PURPOSE, now=NOW))
    assert [line for line in lines if line.startswith("note") and '"p2"' in line]


def test_other_tokens_have_no_claims() -> None:
    """A hash contains nothing readable."""
    lines = list(told(Token({"token": "abc"}), PURPOSE, now=NOW))
    assert not [line for line in lines if line.startswith(("claim", "header"))]
    assert [line for line in lines if "until it is refused" in line]


def test_a_time_is_shown_with_its_distance() -> None:
    """Before and after now."""
    assert moment(NOW + 7200, NOW).endswith("Z, in 2 h")
    assert moment(NOW - 90, NOW).endswith("Z, 90 s ago")


def test_an_unused_expiry_is_noted() -> None:
    """Otherwise the token is used until it is refused."""
    kept = Token({"token": "abc"}, untold='expires_in = "/expires_in"')
    (note,) = [line for line in told(kept, PURPOSE, now=NOW) if line[:4] == "note"]
    assert 'add expires_in = "/expires_in" to `token`' in note


def test_a_token_that_is_not_valid_yet_shows_its_begin() -> None:
    """Other tokens do not show it."""
    late = Token({"token": "abc"}, not_before=NOW + 12)
    assert "begins    2023-11-14 22:13:32Z, in 12 s" in list(
        told(late, PURPOSE, now=NOW)
    )
    lines = list(told(token(), PURPOSE, now=NOW))
    assert not [line for line in lines if line.startswith("begins")]
