"""Decoding escapes, with the original position of each piece."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.secrets.unescaping import MOST_LAYERS, is_escaped, layers

ESCAPES = st.sampled_from(
    [
        "%41",
        "%25",
        "%u00e9",
        "\\u00e9",
        "\\x41",
        "\\/",
        "\\n",
        "&amp;",
        "&#65;",
        "&#x41;",
    ]
)
PIECES = st.lists(ESCAPES | st.sampled_from(["a", "%", "\\", "&", ";", "25", "é", "#"]))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (b"a%2Fb%2fc", b"a/b/c"),
        (b"%C3%A9%u00e9", "éé".encode()),
        (rb"\/\"\\\n\u0041\x41", b'/"\\\nAA'),
        (rb"\ud83d\ude00", "😀".encode()),
        (rb"\ud83d.", b"?."),
        (b"&amp;&#0047;&#x2F;&#X2f;&sol;&apos;&lt;", b"&///" + b"/'<"),
    ],
)
def test_escapes_of_all_kinds_are_decoded(text: bytes, meant: bytes) -> None:
    """In one layer, side by side."""
    assert is_escaped(text)
    assert next(layers(text)).text == meant


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"100%",
        b"%zz",
        b"a\\",
        b"\\q",
        b"a&b=c",
        b"&nothing;",
        b"&#1114112;",
        b"&#;",
    ],
)
def test_invalid_escapes_stay(text: bytes) -> None:
    """As in every decoder."""
    assert list(layers(text)) == []


def test_layers_are_decoded_one_by_one() -> None:
    """Until none is left, up to a limit."""
    texts = [layer.text for layer in layers(b"x%252541&amp;#65;")]
    assert texts == [b"x%2541&#65;", b"x%41A", b"xAA"]
    assert len(list(layers(b"%" + b"25" * 100))) == MOST_LAYERS


@given(PIECES)
def test_every_piece_has_its_original_position(pieces: list[str]) -> None:
    """Neighbouring pieces stay neighbours, and together they are the whole."""
    text = "".join(pieces).encode()
    for layer in layers(text):
        size = len(layer.text)
        stood = [layer.original(at, at + 1) for at in range(size)]
        for (start, end), (later, beyond) in pairwise(stood):
            assert later in (start, end)
            assert beyond >= end
        if size:
            assert layer.original(0, size) == (0, len(text))
            assert (stood[0][0], stood[-1][1]) == (0, len(text))
