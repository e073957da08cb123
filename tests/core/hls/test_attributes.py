"""Attribute lists: finding attributes, and changing them in place."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.core.hls.attributes import LineEdit, as_text, scan, splice

lists = st.text("aB-=,\"' \t", max_size=40).map(str.encode) | st.binary(max_size=40)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"", []),
        (b'A=1,B="x"', [(b"A", b"1"), (b"B", b"x")]),
        (b'A="1,B=2",C=3', [(b"A", b"1,B=2"), (b"C", b"3")]),
        (
            b'NAME="En, URI=x",URI="a,b"',
            [(b"NAME", b"En, URI=x"), (b"URI", b"a,b")],
        ),
        (b'X-ASSET-URI="a",URI="b"', [(b"X-ASSET-URI", b"a"), (b"URI", b"b")]),
        (b'URI="a",URI="b"', [(b"URI", b"a"), (b"URI", b"b")]),
        (b'A=1, B="x" , C = 2 ', [(b"A", b"1"), (b"B", b"x"), (b"C", b"2")]),
        (b"A='x,y',B=1", [(b"A", b"x,y"), (b"B", b"1")]),
        (b"A='tis,B=\"it's\"", [(b"A", b"'tis"), (b"B", b"it's")]),
        (b"A=my clip,B=1", [(b"A", b"my clip"), (b"B", b"1")]),
        (b'A="",B=,C=1', [(b"A", b""), (b"B", b""), (b"C", b"1")]),
        (b'A="never closed, B=1', [(b"A", b"never closed, B=1")]),
        (b'A="x"junk,B=1', [(b"A", b"x"), (b"B", b"1")]),
        (b"junk,,=,A=1", [(b"A", b"1")]),
        (b'-1 tvg="x",A=1', [(b"A", b"1")]),
        (b'A="{$v}"', [(b"A", b"{$v}")]),
        (b'A="\xe5\xff"', [(b"A", b"\xe5\xff")]),
    ],
)
def test_scan_finds_names_and_values(
    line: bytes, found: list[tuple[bytes, bytes]]
) -> None:
    """Commas and equals signs in quotes are text; sloppy lists are understood."""
    assert [(item.name, item.value) for item in scan(line, 0)] == found


def test_scan_begins_at_the_given_position() -> None:
    """Positions count from the beginning of the line."""
    (found,) = scan(b"#EXT-X-MAP: URI='i' ", 11)
    assert found.start == 12
    assert found.span == (16, 19)


@given(lists)
@example(b"a='x," * 3)
def test_scan_never_raises_and_reports_correct_positions(line: bytes) -> None:
    """Each value is at the reported position, with or without quotes."""
    end = 0
    for item in scan(line, 0):
        assert end <= item.start < item.span[0] <= item.span[1]
        end = item.span[1]
        written = line[slice(*item.span)]
        assert line.startswith(item.name, item.start)
        assert item.value in {written, written[1:], written[1:-1]}


@pytest.mark.parametrize("unit", [b"a", b" ", b"a =", b"a='x,", b"a='", b'a="', b","])
def test_scan_is_linear(unit: bytes) -> None:
    """A hostile line that invites repeated scans is scanned once."""
    line = unit * 200_000
    assert sum(1 for _ in scan(line, 0)) <= 200_000


def test_as_text_accepts_bytes_that_are_not_utf_8() -> None:
    """Names are ASCII; a value in another encoding does not fail."""
    texts = as_text(scan('NAME="Ål",X="a",X="b"'.encode(), 0))
    assert texts == {"NAME": "Ål", "X": "b"}
    assert as_text(scan(b'NAME="\xc5l"', 0)) == {"NAME": "\N{REPLACEMENT CHARACTER}l"}


def test_splice_changes_only_the_given_ranges() -> None:
    """All other bytes stay where they are."""
    assert (
        splice(b"0123456789", [LineEdit(2, 4, b"ab"), LineEdit(4, 5, b"")])
        == b"01ab56789"
    )
    assert splice(b"0123", []) == b"0123"
