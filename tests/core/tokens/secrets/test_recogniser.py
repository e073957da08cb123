"""Finds secrets in a text in any spelling, and removes them."""

import json
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.core.tokens.secrets.recogniser import Recogniser, gives_away, recognisable
from tests.playlists import PLACES, SILENT
from tests.spellings import SPELLINGS

SECRET = "abc+def/ghi==jkl&m"
UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
# The start of an escape consumes what follows, as in any decoder.
AROUND = TEXTS.map(lambda text: text.translate(dict.fromkeys(map(ord, "%\\&"))))
SECRETS = st.one_of(
    st.text(UNRESERVED, min_size=8, max_size=60),
    st.text(UNRESERVED + "+/=&:,;!*@$ \"'<>", min_size=8, max_size=60),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=8, max_size=30),
)


@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
def test_a_secret_is_found_in_every_spelling(spelt: Callable[[str], str]) -> None:
    """And nothing else is removed."""
    found, text = Recogniser({SECRET}), f"#{spelt(SECRET)}\n"
    assert found.holds(text)
    assert found.holds(text.encode())
    left = found.without(text.encode())
    assert left is not None
    assert not found.holds(left)
    # In base64, characters at the edges share bits with their neighbours.
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
    """And removed, for any length and surroundings."""
    assume(recognisable({secret}))
    found = Recogniser({secret})
    text = f"{before}{spelt(secret)}{after}"
    assert found.holds(text)
    left = found.without(text.encode())
    assert left is not None
    assert not found.holds(left)


@given(secrets=st.frozensets(SECRETS, max_size=4), text=TEXTS)
def test_a_text_without_secrets_is_returned_unchanged(
    secrets: frozenset[str], text: str
) -> None:
    """It is the same object, so no comparison is needed."""
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
def test_ordinary_playlists_stay_unchanged(lines: list[str]) -> None:
    """With or without escapes in their URLs."""
    secrets = ("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDB9.c2lnbmF0dXJl", SECRET)
    body = "\n".join(lines).encode()
    assert Recogniser(secrets).without(body) is body


@pytest.mark.parametrize(
    "secret", ["", "short-1", "1893456000", "20261130120000", "%41%42%43"]
)
def test_values_that_appear_by_chance_are_not_searched(secret: str) -> None:
    """Dates and short words are not secret."""
    assert not Recogniser({secret}).holds(f"x{unquote(secret)}x ABC")


def test_a_strict_one_also_searches_short_values() -> None:
    """For logs, where removing a word too many does no harm."""
    found = Recogniser({"a/bc", "12345", "abc"}, strict=True)
    assert found.without(b"abc 12345 a%2Fbc", b"*") == b"abc * *"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (b"abcdabcdEFGHEFGH", b""),
        (b"abcd" * 40 + b"EFGH" * 40, None),
    ],
)
def test_secrets_that_appear_after_a_removal_are_removed_too(
    text: bytes, left: bytes | None
) -> None:
    """A text with too many layers is rejected."""
    assert Recogniser({"abcdEFGH"}).without(text) == left


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ2aWV3ZXItNDcxMSJ9.c2lnbmF0dXJlLTEyMzQ1"


@pytest.mark.parametrize("part", JWT.split(".")[1:])
@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
def test_payload_and_signature_of_a_jwt_are_secrets_by_themselves(
    spelt: Callable[[str], str], part: str
) -> None:
    """Its header is common to many tokens."""
    found = Recogniser({JWT})
    assert found.holds(spelt(part))
    assert not found.holds(spelt(JWT.split(".", maxsplit=1)[0]))
    assert found.without(f"a {JWT} b".encode()) == b"a  b"


@pytest.mark.parametrize("secret", ["www.example.host-name", "1.20261130.20261201"])
def test_other_values_with_dots_are_only_found_as_a_whole(secret: str) -> None:
    """Their parts are words and numbers."""
    found = Recogniser({secret})
    assert found.holds(secret)
    assert not any(map(found.holds, secret.split(".")))


def test_a_secret_that_is_known_escaped_is_found_unescaped() -> None:
    """OAuth form-encodes the values of Basic authentication."""
    for spelt in (str, SPELLINGS["hexadecimal"], SPELLINGS["base64 1 "]):
        assert Recogniser({quote(SECRET, safe="")}).holds(spelt(SECRET))


def test_a_secret_is_found_in_latin_1() -> None:
    """Old servers use it; secrets beyond ASCII look different there."""
    secret = "Schlüssel-geheim"
    found = Recogniser({secret})
    for text in (secret.encode("latin-1"), b"Schl%FCssel-geheim"):
        assert found.holds(text)
        assert found.without(b"<" + text + b">") == b"<>"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_base64_is_found_over_several_lines(line_end: str) -> None:
    """If it is written as escapes, it cannot be removed."""
    found, coded = Recogniser({SECRET}), SPELLINGS["base64 1 "](SECRET)
    broken = line_end.join([coded[:8], coded[8:16], coded[16:]])
    assert not found.holds(broken)
    assert found.holds_broken(broken.encode())
    written = json.dumps(broken)
    assert found.holds(written)
    assert found.without(written.encode()) is None


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("before", ["", "\ufeff", "ab"])
@pytest.mark.parametrize("secret", [SECRET, "Schlüssel-geheim"])
def test_a_secret_is_found_in_wide_characters(
    coding: str, before: str, secret: str
) -> None:
    """With and without a byte order mark."""
    found = Recogniser({secret})
    text = f"{before}{secret}".encode(coding)
    assert not found.holds(text)
    assert found.holds_broken(text)
    assert not found.holds_broken("ordinary".encode(coding))


@pytest.mark.parametrize("escape", [b"%", b"%25", b"\\u", b"&#x", b"&amp;", b"%41"])
def test_a_long_text_of_escapes_takes_linear_time(escape: bytes) -> None:
    """Each escape is decoded once per layer."""
    assert not Recogniser({SECRET, "x" * 40}).holds(escape * 50_000)


def test_joining_more_secrets() -> None:
    """The original is unchanged, and is returned if it knows them already."""
    first = Recogniser({SECRET})
    both = first.joined({"another-one", SECRET, "short"})
    assert both.secrets == {"another-one", SECRET}
    assert both.given == {"another-one", SECRET, "short"}
    assert both.without(f"{quote(SECRET)} another-one".encode()) == b" "
    assert not first.holds("another-one")
    assert both.joined({SECRET}) is both
    assert both.joined(()) is both


def test_its_repr_shows_nothing() -> None:
    """So no message or log does."""
    assert SECRET not in f"{Recogniser({SECRET})!r}"
    assert Recogniser({SECRET}) == Recogniser([SECRET])
    assert hash(Recogniser({SECRET})) == hash(Recogniser([SECRET]))
    assert Recogniser({SECRET}) != Recogniser({SECRET}, strict=True)
    assert Recogniser({SECRET}) != SECRET


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("https://h/?t=NEW.t~k-n", True),
        ("https://h/NEW%2Et%7Ek-n/s.ts", True),
        ("https://h/?to=https%3A%2F%2Fh%3Ft%3DNEW%252Et~k-n", True),
        ("https://h/?kid=k1&e=1700000000", False),
        ("https://h/%zz", False),
    ],
)
def test_a_token_is_found_in_any_encoding(text: str, *, gives: bool) -> None:
    """Short values and dates appear in any URL and are not secret."""
    secrets = {"NEW.t~k-n", "k1", "1700000000"}
    assert gives_away(text, secrets) is gives
