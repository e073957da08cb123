"""The format of a file on a disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.store.record import (
    MOST_HEADER_BYTES,
    PREFIX_BYTES,
    Digest,
    Label,
    decode,
    encode,
    file_name,
    header_size,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(st.text(), JSON, max_size=3), st.binary(), st.integers(0, 1 << 50)
)
def test_what_is_written_is_read(label: Label, body: bytes, size: int) -> None:
    """With the position of the body."""
    digest = Digest()
    digest.add(body)
    data = encode(label, size, digest.value())
    prefix, header = data[:PREFIX_BYTES], data[PREFIX_BYTES:]
    assert header_size(prefix) == len(header)
    read = decode(prefix, header)
    assert (read.label, read.size, read.offset) == (label, size, len(data))
    assert read.digest == digest.value()


@given(st.data())
def test_no_damage_goes_unnoticed(data: st.DataObject) -> None:
    """Another byte anywhere, a byte less, a byte more."""
    whole = encode({"key": "lobby"}, 1000, b"0123456789abcdef")
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda one: one != whole[place]))
    changed = whole[:place] + bytes([other]) + whole[place + 1 :]
    for damaged in (changed, whole[:place], whole + b"0"):
        with pytest.raises(ValueError, match=r"damaged|short|format"):
            decode(damaged[:PREFIX_BYTES], damaged[PREFIX_BYTES:])


def test_the_size_of_a_header_is_limited() -> None:
    """It is read at once, so a damaged length must not fill the memory."""
    with pytest.raises(ValueError, match="too long"):
        encode({"key": "x" * MOST_HEADER_BYTES}, 0, b"")
    prefix = encode({}, 0, b"")[:PREFIX_BYTES]
    huge = prefix[:8] + b"\xff\xff\xff\xff" + prefix[12:]
    with pytest.raises(ValueError, match="format"):
        header_size(huge)


def test_text_that_is_not_unicode_survives() -> None:
    """Header fields of an upstream may contain any byte."""
    label = {"headers": [["ETag", '"\udcff\xe9"']]}
    data = encode(label, 0, b"")
    assert decode(data[:PREFIX_BYTES], data[PREFIX_BYTES:]).label == label


def test_a_name_hides_its_parts_and_distinguishes_them() -> None:
    """It is the same in every process."""
    names = {file_name("a", "bc"), file_name("ab", "c"), file_name("a", "b", "c")}
    assert len(names) == 3
    assert file_name("resource", 1, None) == file_name("resource", 1, None)
    assert all(len(name) == 40 and int(name, 16) for name in names)
