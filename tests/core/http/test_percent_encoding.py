"""What is encoded already stays."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.percent_encoding import IN_VALUE, encode, legal

texts = st.text(st.characters(max_codepoint=0x7F), max_size=30)


@given(texts)
def test_legal_characters_stay(text: str) -> None:
    """Encoding twice is encoding once: escapes are never touched."""
    once = legal(text, IN_VALUE)
    assert legal(once, IN_VALUE) == once
    assert not set(once) & set(' &#"<>')


@given(texts)
def test_encode_keeps_legal_characters(text: str) -> None:
    """Encoding twice is encoding once: escapes are never touched."""
    once = encode(text.encode())
    assert encode(once.encode()) == once
    assert once.isprintable()
    assert " " not in once
