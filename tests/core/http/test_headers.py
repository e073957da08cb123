"""Header fields: which are passed on, and which never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.headers import (
    Fields,
    impersonal,
    is_clean,
    to_player,
    to_upstream,
)
from proxy.core.kind import Kind

PLAYER = (
    ("Accept", "*/*"),
    ("Accept-Language", "de"),
    ("X-Playback-Session-Id", "1"),
    ("CMCD-Request", "bl=1"),
    ("cmcd-session", 'sid="1"'),
    ("Range", "bytes=0-"),
    ("If-Range", '"a"'),
    ("If-None-Match", '"a"'),
    ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
)
NEVER = (
    *("Accept-Encoding", "Authorization", "Connection", "Cookie", "Forwarded", "Host"),
    *("Keep-Alive", "Origin", "Proxy-Authorization", "Referer", "TE", "Trailer"),
    *("Transfer-Encoding", "Upgrade", "User-Agent", "Via", "X-Forwarded-For"),
    *("X-Forwarded-Host", "X-Original-URL", "X-Real-IP"),
)
NEVER_BACK = (
    *("Access-Control-Allow-Origin", "Alt-Svc", "Clear-Site-Data", "Connection"),
    *("Content-Disposition", "Content-Length", "Content-Location", "Keep-Alive"),
    *("Link", "Location", "NEL", "Proxy-Authenticate", "Refresh", "Report-To"),
    *("Server", "Set-Cookie", "Strict-Transport-Security", "Trailer"),
    *("Transfer-Encoding", "Upgrade", "WWW-Authenticate"),
)


def named(fields: tuple[tuple[str, str], ...]) -> list[str]:
    """Return the names of the fields."""
    return [name for name, _ in fields]


def test_fields_about_media_go_upstream() -> None:
    """Preferences, client data, ranges and validators are unchanged."""
    assert to_upstream(PLAYER, kind=Kind.SEGMENT) == PLAYER


@pytest.mark.parametrize("kind", [Kind.ENTRY, Kind.PLAYLIST])
def test_no_field_of_a_player_goes_upstream_for_a_playlist(kind: Kind) -> None:
    """It is loaded for all players, and its bytes are rewritten."""
    assert to_upstream(PLAYER, kind=kind) == ()


@pytest.mark.parametrize("kind", [Kind.STEERING, Kind.ASSET_LIST])
def test_no_range_and_no_validator_goes_upstream_for_a_document(kind: Kind) -> None:
    """They would refer to the rewritten bytes, which the upstream never had."""
    assert to_upstream(PLAYER, kind=kind) == PLAYER[:5]


@pytest.mark.parametrize(
    ("fields", "crossing"),
    [
        ([("Accept", "a" * 506)], ["Accept"]),
        ([("Accept", "a" * 507), ("Range", "bytes=0-")], ["Range"]),
        ([("Accept", "ä" * 254)], []),
        (
            [("Accept", "a"), ("accept", "b" * 506), ("accept", "c")],
            ["Accept", "accept"],
        ),
        (
            [("CMCD-A", "a" * 600), ("CMCD-B", "b" * 600), ("CMCD-C", "")],
            ["CMCD-A", "CMCD-C"],
        ),
        ([("If-Range", "a" * 600), ("Range", "bytes=5-"), ("Accept", "")], ["Accept"]),
        ([("If-Range", '"a"'), ("If-Range", "a" * 600), ("Range", "bytes=5-")], []),
    ],
)
def test_overlong_fields_are_dropped(
    fields: list[tuple[str, str]], crossing: list[str]
) -> None:
    """A range is never sent without the validator that came with it."""
    assert named(to_upstream(fields, kind=Kind.SEGMENT)) == crossing


@given(st.lists(st.tuples(st.sampled_from([*PLAYER]).map(lambda f: f[0]), st.text())))
def test_the_total_length_is_limited(fields: list[tuple[str, str]]) -> None:
    """Servers refuse heads of 8 kB."""
    long = [(name, value * 100) for name, value in fields]
    for kind in (Kind.SEGMENT, Kind.ASSET_LIST):
        crossing = to_upstream(long, kind=kind)
        assert sum(len(f"{n}{v}".encode()) for n, v in crossing) <= 7 * 512 + 1024


@pytest.mark.parametrize("name", NEVER)
def test_other_fields_of_a_player_are_dropped(name: str) -> None:
    """They could identify the player."""
    assert to_upstream([(name, "x")], kind=Kind.SEGMENT) == ()


def test_the_user_agent_of_a_player_is_dropped() -> None:
    """Platforms see the same one for playlists, keys and segments."""
    fields = (("User-Agent", "VLC"),)
    assert to_upstream(fields, kind=Kind.SEGMENT) == ()


def test_s6_a_field_that_the_player_nominates_is_dropped() -> None:
    """RFC 9110 section 7.6.1: it is for this hop only."""
    fields = (("Connection", "close, RANGE"), ("Range", "bytes=0-"), ("Accept", "*"))
    assert named(to_upstream(fields, kind=Kind.SEGMENT)) == ["Accept"]


def test_s6_a_field_that_the_upstream_nominates_is_dropped() -> None:
    """The same in the other direction; several Connection fields count."""
    fields = (
        ("Connection", "close"),
        ("connection", "etag ,x"),
        ("ETag", "1"),
        ("Age", "1"),
    )
    assert named(to_player(fields, playlist=False)) == ["Age"]


def test_a_playlist_keeps_its_fields_about_freshness() -> None:
    """Length, type, coding and validators describe bytes that it does not get."""
    fresh = (("Cache-Control", "max-age=2"), ("Age", "1"), ("Last-Modified", "x"))
    stale = (("ETag", "1"), ("Content-Encoding", "gzip"), ("Content-Type", "x"))
    assert to_player(fresh + stale, playlist=True) == fresh


def test_media_keeps_the_fields_that_describe_it() -> None:
    """The bytes are unchanged, so their description stays correct."""
    fields = (
        ("Content-Type", "video/mp4"),
        ("Content-Range", "bytes 0-1/2"),
        ("Accept-Ranges", "bytes"),
        ("ETag", '"1"'),
        ("Content-Encoding", "gzip"),
        ("CMSD-Static", "ot=v"),
        ("Retry-After", "1"),
    )
    assert to_player(fields, playlist=False) == fields


@pytest.mark.parametrize("name", NEVER_BACK)
def test_other_fields_of_the_upstream_are_dropped(name: str) -> None:
    """No address, no cookie, no policy of the upstream reaches the player."""
    assert to_player([(name, "x")], playlist=False) == ()


def test_duplicates_are_kept() -> None:
    """Two Cache-Control fields both count."""
    fields = (("Cache-Control", "no-store"), ("Cache-Control", "private"))
    assert to_player(fields, playlist=True) == fields


@pytest.mark.parametrize(
    "value", ["a\r\nX: y", "a\nb", "a\rb", "a\x00b", "a\x7fb", "a\x85b", "a\udce9b"]
)
def test_s7_a_value_with_control_bytes_is_dropped(value: str) -> None:
    """A line break in a value would begin another field."""
    assert not is_clean(value)
    assert to_upstream([("Accept", value)], kind=Kind.SEGMENT) == ()
    assert to_player([("Content-Type", value)], playlist=False) == ()


@pytest.mark.parametrize("value", ["", "a b", "a\tb", "Grüße", '"~!'])
def test_s7_other_values_are_clean(value: str) -> None:
    """A tab is allowed, and so is text beyond ASCII."""
    assert is_clean(value)


@given(st.lists(st.tuples(st.sampled_from([*NEVER, "Accept", "ETag"]), st.text())))
def test_s6_unlisted_fields_are_never_passed_on(fields: list[tuple[str, str]]) -> None:
    """Whatever other fields there are."""
    assert set(named(to_upstream(fields, kind=Kind.SEGMENT))) <= {"Accept"}
    assert set(named(to_player(fields, playlist=False))) <= {"ETag"}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ((), ()),
        ((("Accept", "*/*"), ("Range", "bytes=0-9")),) * 2,
        ((("Accept", "video/*"), ("CMCD-Object", "x")), ()),
        (
            (("Range", "bytes=0-9"), ("If-Range", '"a"'), ("accept", "*/*")),
            (("accept", "*/*"),),
        ),
        ((("Range", "bytes=0-1,5-6"),), ()),
    ],
)
def test_what_any_player_might_send_is_not_personal(
    fields: Fields, left: Fields
) -> None:
    """A range is never sent without the validator that came with it."""
    assert impersonal(fields) == left
