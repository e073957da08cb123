"""Names are filled in once the whole playlist has been read."""

from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind
from proxy.localise.placeholders import Blanks


def reference(name: str) -> Reference:
    """Return a reference to a rendition."""
    return Reference(f"https://o/{name}", Kind.PLAYLIST, written=name)


def test_each_blank_gets_the_name_of_its_reference() -> None:
    """Regardless of the text between them, and also for repeated references."""
    blanks = Blanks(b"")
    text = f"a {blanks.name(reference('b'))} c {blanks.name(reference('d'))} e"
    filled = blanks.filled(text.encode(), lambda one: one.written.upper())
    assert filled == b"a B c D e"
    assert [one.written for one in blanks.references] == ["b", "d"]


def test_text_that_depends_on_all_references_is_made_last() -> None:
    """A steering manifest in the playlist names renditions that are listed after it."""
    blanks, named = Blanks(b""), list[str]()
    text = blanks.later(lambda: f"after {len(named)}")
    text += blanks.name(reference("b"))

    def name(one: Reference) -> str:
        named.append(one.written)
        return one.written

    assert blanks.filled(text.encode(), name) == b"after 0b"
    assert named == ["b"]


def test_an_upstream_cannot_make_a_blank() -> None:
    """It does not know what a blank looks like."""
    body = b"\x00abc:0\x00"
    blanks = Blanks(body)
    blanks.name(reference("b"))
    assert blanks.filled(body, lambda _: "x") == body
