"""What is requested."""

import pytest

from proxy.core.kind import Kind
from tests.upstream.asking import question

WHOLE = {Kind.ENTRY, Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING}


@pytest.mark.parametrize("kind", Kind)
def test_rewritten_documents_are_read_whole(kind: Kind) -> None:
    """Playlists, and documents that contain references."""
    assert question("https://h/x", kind=kind).read_whole is (kind in WHOLE)


def test_a_question_does_not_show_its_content() -> None:
    """Its URL may contain signatures, its headers what the player sent."""
    asked = question("https://h/canary", headers=(("CMCD-Session", "canary"),))
    assert "canary" not in repr(asked)


@pytest.mark.parametrize("kind", Kind)
def test_only_a_playlist_is_reloaded(kind: Kind) -> None:
    """In other URLs a directive's name means nothing."""
    asked = question("https://h/x?sig=a&_HLS_msn=5&_HLS_part=0", kind=kind)

    assert asked.blocks is asked.directed is (kind in WHOLE)
    assert not question("https://h/x?sig=a", kind=kind).directed
    assert not question("https://h/x?_HLS_skip=YES", kind=kind).blocks
