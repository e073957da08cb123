"""Which part of a stream a refusal is about."""

import pytest

from proxy.core.kind import Kind
from proxy.core.tokens.refresh.subjects import Rank


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("opened", [True, False])
def test_every_kind_has_a_rank(kind: Kind, *, opened: bool) -> None:
    """Playlists have their own; so has an entry that no token has opened."""
    entry = Rank.ENTRY if opened else Rank.NEWCOMER
    ranks = {Kind.ENTRY: entry, Kind.PLAYLIST: Rank.PLAYLIST}
    assert Rank.of(kind, opened=opened) is ranks.get(kind, Rank.MEDIUM)
