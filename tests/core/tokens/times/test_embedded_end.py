"""Expiry times that are readable in a token."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.embedded_end import inner_end

END = 1_700_000_300


def policy(*ends: int) -> str:
    """Return a custom policy in CloudFront's base64."""
    statements = [
        {
            "Resource": "https://d111.example.net/*",
            "Condition": {
                "DateLessThan": {"AWS:EpochTime": end},
                "DateGreaterThan": {"AWS:EpochTime": 1_600_000_000},
            },
        }
        for end in ends
    ]
    text = json.dumps({"Statement": statements}, separators=(",", ":"))
    coded = base64.b64encode(text.encode()).decode()
    return coded.translate(str.maketrans("+=/", "-_~"))


@pytest.mark.parametrize(
    "token",
    [
        f"st=1699999700~exp={END}~acl=/*~hmac=a1b2",
        f"exp={END}~acl=/*~hmac=a1b2",
        f"hdnts=exp={END}~hmac=a1b2".partition("=")[2],
        f"URLPrefix=aHR0cHM6Ly8&Expires={END}&KeyName=k&Signature=s",
        f"URLPrefix=aHR0cHM6Ly8:Expires={END}:KeyName=k:Signature=s",
        f"https://cdn.test/v.m3u8?md5=a1b2&expires={END}",
        policy(END),
        policy(END + 60, END),
        f"Policy={policy(END)}&Signature=s~&Key-Pair-Id=K",
        f"CloudFront-Policy={policy(END)}; CloudFront-Signature=s",
    ],
)
def test_tokens_that_contain_their_expiry(token: str) -> None:
    """Akamai, Google, hashes with a query, CloudFront."""
    assert inner_end(token) == END


@pytest.mark.parametrize(
    "token",
    [
        f"{END}_9f86d081884c7d65",
        f"{END}_0x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        f"{END}_abc",
        f"{END}_zz-_x",
    ],
)
def test_a_leading_number_is_an_expiry_if_configured(token: str) -> None:
    """Fastly's is one; elsewhere it may be a customer's id."""
    assert inner_end(token, leading=True) == END
    assert inner_end(token) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        f"x{END}_9f86d081884c7d65",
        f"{END}_not-hex",
        f"hexp={END}",
        f"exp={END}000",
        "exp=soon",
        "Policy=!!!",
        "Policy=AAAAA",
        "eyJhIjoxfQ",
        policy(),
    ],
)
def test_similar_texts_are_ignored(token: str) -> None:
    """That is no error: an opaque token may contain anything."""
    assert inner_end(token) is None


@given(st.text() | st.from_regex(r"(Policy=|eyJ|exp=|[0-9]{10}_)[\w~-]*"))
def test_reading_never_raises(token: str) -> None:
    """A token may be any text."""
    inner_end(token)
