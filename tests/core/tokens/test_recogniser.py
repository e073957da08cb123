"""Finds secrets in a text, however they are spelt, and takes them out."""

import base64
import html
import json
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.core.tokens.recogniser import Recogniser, telling
from tests.playlists import PLACES, SILENT

SECRET = "abc+def/ghi==jkl&m"
UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
# What begins an escape swallows what comes next, here as in any reader.
AROUND = TEXTS.map(lambda text: text.translate(dict.fromkeys(map(ord, "%\\&"))))
SECRETS = st.one_of(
    st.text(UNRESERVED, min_size=8, max_size=60),
    st.text(UNRESERVED + "+/=&:,;!*@$ \"'<>", min_size=8, max_size=60),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=8, max_size=30),
)


def every_byte(text: str) -> str:
    """Percent-encode what does not need it."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


def in_units(text: str) -> str:
    """Escape every character as JSON may."""
    coded = text.encode("utf-16-be")
    return "".join(f"\\u{coded[i : i + 2].hex()}" for i in range(0, len(coded), 2))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent": lambda s: quote(s, safe=""),
    "percent in lower case": lambda s: re.sub(
        "%..", lambda found: found[0].lower(), quote(s, safe="")
    ),
    "percent, slashes kept": quote,
    "percent twice": lambda s: quote(quote(s, safe=""), safe=""),
    "percent in JSON": lambda s: json.dumps(quote(s))[1:-1],
    "form": quote_plus,
    "form twice": lambda s: quote_plus(quote_plus(s)),
    "form, read as one": lambda s: s.replace("+", " "),
    "every byte": every_byte,
    "every byte twice": lambda s: quote(every_byte(s)),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON in UTF-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "JSON in units": in_units,
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "percent of JSON": lambda s: quote(json.dumps(s)[1:-1], safe=""),
    "HTML": html.escape,
    "HTML by number": lambda s: "".join(f"&#{ord(char)};" for char in s),
    "HTML in hex": lambda s: "".join(f"&#x{ord(char):X};" for char in s),
    "HTML of HTML": lambda s: html.escape(html.escape(s)),
}


def based(secret: str, before: int, *, safe: bool) -> str:
    """Write a secret in base64, behind some bytes and before some."""
    text = b"\xf0" * before + secret.encode() + b"\x0f" * (2 - before)
    coder = base64.urlsafe_b64encode if safe else base64.b64encode
    return coder(text).decode()


SPELLINGS |= {
    f"base64 {before} {'url-safe' if safe else ''}": partial(
        based, before=before, safe=safe
    )
    for before in range(3)
    for safe in (False, True)
}
SPELLINGS["percent of base64"] = lambda s: quote(based(s, 1, safe=False), safe="")


@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
def test_a_secret_is_found_in_every_spelling(spelt: Callable[[str], str]) -> None:
    """And nothing but it is taken out."""
    found, text = Recogniser({SECRET}), f"#{spelt(SECRET)}\n"
    assert found.holds(text)
    assert found.holds(text.encode())
    left = found.without(text.encode())
    assert left is not None
    assert not found.holds(left)
    # In base64 some characters share bits with what stands around.
    assert len(left) <= len("#xxxx%3D%3D\n")


@given(
    secret=SECRETS,
    before=AROUND,
    after=AROUND,
    spelt=st.sampled_from(list(SPELLINGS.values())),
)
def test_any_secret_is_found_anywhere_in_any_spelling(
    secret: str, before: str, after: str, spelt: Callable[[str], str]
) -> None:
    """And taken out, however long it is and whatever stands around it."""
    assume(telling({secret}))
    found = Recogniser({secret})
    text = f"{before}{spelt(secret)}{after}"
    assert found.holds(text)
    left = found.without(text.encode())
    assert left is not None
    assert not found.holds(left)


@given(secrets=st.frozensets(SECRETS, max_size=4), text=TEXTS)
def test_what_holds_none_comes_back_as_it_is(
    secrets: frozenset[str], text: str
) -> None:
    """The same object, so nothing has to be compared."""
    found, body = Recogniser(secrets), text.encode()
    assume(not found.holds(body))
    assert found.without(body) is body


@given(
    st.lists(
        st.one_of(
            st.sampled_from(SILENT),
            st.builds(
                str.format,
                st.sampled_from(PLACES),
                st.sampled_from(("a.ts", "b%20c.ts?x=%2Fy%3D&z=1", "k.key?q=%41bc")),
            ),
        )
    )
)
def test_ordinary_playlists_stay_as_they_are(lines: list[str]) -> None:
    """With escapes in their URLs or without."""
    secrets = ("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDB9.c2lnbmF0dXJl", SECRET)
    body = "\n".join(lines).encode()
    assert Recogniser(secrets).without(body) is body


@pytest.mark.parametrize(
    "secret", ["", "short-1", "1893456000", "20261130120000", "%41%42%43"]
)
def test_what_stands_in_texts_by_chance_is_not_looked_for(secret: str) -> None:
    """Dates open nothing, and short words are words."""
    assert not Recogniser({secret}).holds(f"x{unquote(secret)}x ABC")


def test_a_strict_one_looks_for_what_is_short_too() -> None:
    """For logs, where a word too many gives way without harm."""
    found = Recogniser({"a/bc", "12345", "abc"}, strict=True)
    assert found.without(b"abc 12345 a%2Fbc", b"*") == b"abc * *"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (b"abcdabcdEFGHEFGH", b""),
        (b"abcd" * 40 + b"EFGH" * 40, None),
    ],
)
def test_what_is_joined_by_taking_out_is_taken_out_too(
    text: bytes, left: bytes | None
) -> None:
    """As long as that has an end in sight; then the text is of no use."""
    assert Recogniser({"abcdEFGH"}).without(text) == left


@pytest.mark.parametrize("escape", [b"%", b"%25", b"\\u", b"&#x", b"&amp;", b"%41"])
def test_a_long_text_of_escapes_takes_linear_time(escape: bytes) -> None:
    """No escape is looked at more often than it is nested."""
    assert not Recogniser({SECRET, "x" * 40}).holds(escape * 50_000)


def test_one_learns_of_more() -> None:
    """It stays what it is, and is itself where it knows everything."""
    first = Recogniser({SECRET})
    both = first.joined({"another-one", SECRET, "short"})
    assert both.secrets == {"another-one", SECRET}
    assert both.given == {"another-one", SECRET, "short"}
    assert both.without(f"{quote(SECRET)} another-one".encode()) == b" "
    assert not first.holds("another-one")
    assert both.joined({SECRET}) is both
    assert both.joined(()) is both


def test_it_prints_nothing() -> None:
    """In no message and no log."""
    assert SECRET not in f"{Recogniser({SECRET})!r}"
    assert Recogniser({SECRET}) == Recogniser([SECRET])
    assert hash(Recogniser({SECRET})) == hash(Recogniser([SECRET]))
    assert Recogniser({SECRET}) != Recogniser({SECRET}, strict=True)
    assert Recogniser({SECRET}) != SECRET
