"""How long a playlist that was loaded for one player may answer others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import errors
from proxy.core.http.reuse import (
    Reuse,
    is_away,
    is_refusal,
    may_bridge,
    sharing_of,
)

TARGET = 6.0
DATE = ("Date", "Thu, 01 Jan 2026 00:00:00 GMT")


def said(*values: str) -> tuple[tuple[str, str], ...]:
    """Return header fields with this Cache-Control."""
    return tuple(("cache-control", value) for value in values)


def live(*headers: tuple[str, str]) -> Reuse:
    """Return how a live playlist with these fields may be shared."""
    return sharing_of(headers, target_seconds=TARGET, media=True, live=True)


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ((), 3),
        ((("Age", "2"),), 3),
        ((("Age", "7"),), 2),
        ((("Age", "9"),), 0),
        (said("public"), 3),
        (said("max-age=2"), 2),
        (said("max-age=2", "s-maxage=1"), 1),
        (said("public, Max-Age=5"), 5),
        (said("max-age=3600"), 9),
        ((*said("max-age=3600"), ("Age", "3598")), 0),
        ((*said("max-age=5"), ("Age", "4")), 1),
        ((*said("max-age=5"), ("Age", "junk")), 5),
        (said("max-age=junk"), 0),
        (said("max-age=-1"), 0),
        (said("no-cache, max-age=5"), 0),
        ((DATE, ("Expires", "Thu, 01 Jan 2026 00:00:02 GMT")), 2),
        ((DATE, ("Expires", "Wed, 31 Dec 2025 00:00:00 GMT")), 0),
        ((DATE, ("Expires", "0")), 0),
        ((("Expires", "Thu, 01 Jan 2026 00:00:02 GMT"),), 0),
        ((*said("max-age=1"), DATE, ("Expires", "0")), 1),
    ],
)
def test_the_upstream_decides_else_half_a_target_duration(
    headers: tuple[tuple[str, str], ...], fresh: float
) -> None:
    """A live playlist never gets older than 1.5 target durations."""
    assert live(*headers).fresh == fresh


@pytest.mark.parametrize(
    "headers",
    [
        said("no-store"),
        said("max-age=5, private"),
        said("NO-STORE, no-cache"),
        (("Vary", "*"),),
        (("Vary", "Accept-Encoding, *"),),
    ],
)
def test_private_playlists_are_not_kept(
    headers: tuple[tuple[str, str], ...],
) -> None:
    """Neither to share them nor to bridge failures."""
    assert live(*headers).kept == 0


def test_vary_does_not_prevent_sharing() -> None:
    """No field of a player goes upstream with a playlist."""
    varying = (("Vary", "Accept, Accept-Language, X-Playback-Session-Id"),)
    assert live(*varying) == live()


@pytest.mark.parametrize(
    ("media", "is_live", "fresh", "usable"),
    [
        (True, True, 9, 9),
        (True, False, 60, 9),
        (False, True, 60, 0),
        (False, False, 60, 0),
    ],
)
def test_ended_playlists_may_be_as_old_as_the_upstream_says(
    fresh: float, usable: float, *, media: bool, is_live: bool
) -> None:
    """A multivariant playlist bridges nothing: players request it once."""
    sharing = sharing_of(
        said("max-age=60"), target_seconds=TARGET, media=media, live=is_live
    )
    assert (sharing.fresh, sharing.usable) == (fresh, usable)


def test_a_stale_playlist_may_bridge_a_failure() -> None:
    """A playlist of a moment ago is better than none."""
    assert live(*said("no-cache, must-revalidate")) == Reuse(0, 9, 0)
    assert live(*said("no-cache"), ("Age", "4")) == Reuse(0, 5, 4)


@given(st.text('amxge=s-,1 9no"', max_size=30), st.text("0123456789-", max_size=4))
def test_c6_no_field_makes_a_live_playlist_too_old(control: str, age: str) -> None:
    """For any header fields."""
    sharing = live(("Cache-Control", control), ("Age", age))
    assert 0 <= sharing.kept <= max(0.0, 1.5 * TARGET - sharing.age)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (errors.UnreachableError("gone"), True),
        (errors.TruncatedError("cut"), True),
        (errors.BadAnswerError("a page"), True),
        (errors.NotReadyError("idle", status=404), True),
        (errors.StatusError("no", status=500), True),
        (errors.StatusError("no", status=404), True),
        (errors.StatusError("no", status=400), False),
        (errors.StatusError("no", status=429), False),
        (errors.RefusedError("no", status=403), False),
        (errors.TokenUnavailableError("none", retry_after=1), False),
        (errors.AddressRefusedError("private"), False),
        (errors.NameUnknownError("none"), False),
    ],
)
def test_temporary_failures_are_bridged(
    error: errors.HlsAuthProxyError, *, passes: bool
) -> None:
    """Policy, refusals and a player's own mistakes are not."""
    assert may_bridge(error) is passes


@pytest.mark.parametrize(
    ("error", "query", "no"),
    [
        (errors.RefusedError("x", status=403), "", True),
        (errors.SignatureRefusedError("x", status=403), "_HLS_msn=7", True),
        (errors.RedirectRefusedError("x"), "_HLS_skip=YES", True),
        (errors.ImposterError("x", empty=False, exposed=True), "", True),
        (errors.NotReadyError("x", status=404), "", True),
        (errors.StatusError("x", status=403), "", True),
        (errors.StatusError("x", status=404), "", True),
        (errors.StatusError("x", status=404), "_HLS_msn=7", False),
        (errors.StatusError("x", status=400), "_HLS_msn=7", False),
        (errors.RefusedError("x", status=403), "maxResolution=720p", False),
        (errors.StatusError("x", status=429), "", False),
        (errors.StatusError("x", status=503), "", False),
        (errors.UnreachableError("x"), "", False),
        (errors.TruncatedError("x"), "", False),
        (errors.TokenUnavailableError("x", retry_after=1), "", False),
    ],
)
def test_a_refusal_applies_to_all_players(
    error: errors.HlsAuthProxyError, query: str, *, no: bool
) -> None:
    """Unless it may be about the query, or temporary."""
    assert is_refusal(error, query) is no


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (errors.UnreachableError("silent", timed_out=True), True),
        (errors.StatusError("busy", status=503), True),
        (errors.StatusError("gone", status=404), False),
        (errors.NotReadyError("not yet", status=404), False),
        (errors.BadAnswerError("nonsense"), False),
    ],
)
def test_an_unreachable_upstream_says_nothing_about_a_playlist(
    error: errors.HlsAuthProxyError, *, away: bool
) -> None:
    """An ended playlist is unchanged; but a 404 means that it is gone."""
    assert is_away(error) is away
