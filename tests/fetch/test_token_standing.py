"""Whether a refusal concerns the whole stream."""

from proxy.core.kind import Kind
from proxy.core.tokens.refresh.subjects import Rank, Subject
from proxy.fetch.token_standing import TokenStanding


def test_a_subject_names_its_stream() -> None:
    """One token may be used by a whole family."""
    subject = TokenStanding("cams/4fa1").subject(Kind.SEGMENT, "main/s.ts")
    assert subject == Subject(Rank.MEDIUM, "cams/4fa1/main/s.ts")


def test_an_entry_that_no_token_has_opened_is_a_newcomer() -> None:
    """Other resources that were opened do not change that."""
    standing = TokenStanding("cams/4fa1")
    standing.accepted(Kind.SEGMENT, cured=True)
    assert standing.subject(Kind.ENTRY, "index.m3u8").rank is Rank.NEWCOMER
    standing.accepted(Kind.ENTRY, cured=False)
    assert standing.subject(Kind.ENTRY, "index.m3u8").rank is Rank.ENTRY


def test_only_playlists_show_that_a_token_was_old() -> None:
    """Media may have been refused for reasons of its own."""
    standing = TokenStanding()
    for kind in (Kind.SEGMENT, Kind.KEY, Kind.PLAYLIST, Kind.ENTRY):
        standing.accepted(kind, cured=True)
        standing.accepted(kind, cured=False)
    assert standing.cures == 2
