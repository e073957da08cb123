"""A playlist in blocks of whole lines, of which known ones are found again."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.blocks import Stretch, pieces

LINES = [b"#EXTINF:6.0,\nsegment-%05d.ts\n" % number for number in range(5_000)]
ends = st.sampled_from([b"\n", b"\r\n", b"\r", b""])
texts = st.lists(st.builds(bytes.__add__, st.binary(max_size=4), ends)).map(b"".join)


def new(text: bytes, known: list[bytes]) -> bytes:
    """Return the parts of a text that are in no known block."""
    return b"".join(p.text for p in pieces(text, known) if p.known is None)


@given(texts, st.lists(texts.map(lambda text: text + b"\n"), max_size=6))
def test_the_blocks_add_up_to_the_text(text: bytes, known: list[bytes]) -> None:
    """Whatever was known before; each block begins at a line."""
    done = b""
    for piece in pieces(text, known):
        assert piece.text
        assert not done or done.endswith(b"\n")
        assert piece.known is None or known[piece.known] == piece.text
        done += piece.text
    assert done == text


def test_a_sliding_window_is_new_only_at_its_ends() -> None:
    """Everything between is found again, however large."""
    blocks = [piece.text for piece in pieces(b"".join(LINES[:4_000]), ())]
    for moved in (1, 50, 300):
        head = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:%d\n" % moved
        text = head + b"".join(LINES[moved : 4_000 + moved])
        left = new(text, blocks)
        assert left.endswith(b"".join(LINES[4_000 : 4_000 + moved]))
        assert len(left) < 2 * len(b"".join(LINES[:moved])) + 3 * len(blocks[0])


def test_inserted_lines_leave_the_lines_around_them_known() -> None:
    """Only the inserted lines are new."""
    blocks = [piece.text for piece in pieces(b"".join(LINES), ())]
    more = b"#EXT-X-DISCONTINUITY\n" * 10
    text = b"".join([*blocks[:5], more, *blocks[5:]])
    assert new(text, blocks) == more


def test_a_known_block_inside_a_line_does_not_count() -> None:
    """It must begin at a line."""
    assert list(pieces(b"xa\nb\n", [b"a\n"])) == [Stretch(b"xa\nb\n", None)]


def test_a_text_without_line_feeds_is_one_block() -> None:
    """A carriage return may be half of a terminator."""
    assert len(list(pieces(b"a\r" * 50_000, ()))) == 1
