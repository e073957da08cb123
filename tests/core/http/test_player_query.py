"""Which of a player's query parameters go upstream."""

import pytest

from proxy.core.http.player_query import (
    blocks,
    client_data,
    directed,
    forwarded,
)


@pytest.mark.parametrize(
    ("query", "passing"),
    [
        ("", ""),
        ("_HLS_msn=5&_HLS_part=1", "_HLS_msn=5&_HLS_part=1"),
        ("_HLS_part=1&x=2&_HLS_msn=5", "_HLS_part=1&_HLS_msn=5"),
        ("_HLS_of_the_future=%7e+~", "_HLS_of_the_future=%7e+~"),
        ("CMCD=bl%3D21300%2Csid%3D%22a%22", ""),
        (f"_HLS_x={'x' * 1017}&_HLS_msn=1", "_HLS_msn=1"),
        (f"_HLS_x={'x' * 1016}&_HLS_msn=1", f"_HLS_x={'x' * 1016}"),
        (f"_HLS_msn=1&maxResolution={'ä' * 500}", "_HLS_msn=1"),
        ("maxResolution=720p&other=1", "maxResolution=720p"),
        ("token=STOLEN&_HLS_msn=1", "_HLS_msn=1"),
        ("TOKEN=x", ""),
        ("_HLS_token=x", ""),
        ("url=http://evil/&&=&a", ""),
        ("maxResolution", "maxResolution"),
    ],
)
def test_only_what_hls_defines_and_the_provider_allows_passes(
    query: str, passing: str
) -> None:
    """In the order received, byte for byte, and never the token's own parameter."""
    allowed, hidden = {"maxResolution", "TOKEN"}, {"token", "_hls_token"}
    assert forwarded(query, allowed, hidden) == passing


@pytest.mark.parametrize(
    ("query", "any_directive", "blocking"),
    [
        ("", False, False),
        ("CMCD=_HLS_msn=5", False, False),
        ("a=1&_HLS_skip=YES", True, False),
        ("_HLS_part=1", True, True),
        ("a=1&_HLS_msn=5&_HLS_part=1", True, True),
        ("x=_HLS_msn=5", False, False),
        ("_HLS_msn=5", True, True),
        ("_HLS_skip=YES&_HLS_msn=5&_HLS_part=1", True, True),
    ],
)
def test_directives_are_recognised(
    query: str, *, any_directive: bool, blocking: bool
) -> None:
    """A blocking reload names the segment or part that it waits for.

    The upstream refuses one without the other.
    """
    assert (directed(query), blocks(query)) == (any_directive, blocking)


@pytest.mark.parametrize(
    ("query", "hidden", "told"),
    [
        ("", (), ""),
        ("a=1&b", (), ""),
        ("CMCD=bl%3D1", (), "CMCD=bl%3D1"),
        ("a=1&CMCD=bl%3D1&CMCDx=2&_HLS_msn=3", (), "CMCD=bl%3D1"),
        ("CMCD=bl%3D1", ("cmcd",), ""),
        (f"CMCD={'x' * 1019}", (), ""),
        (f"CMCD={'x' * 1018}", (), f"CMCD={'x' * 1018}"),
    ],
)
def test_only_client_data_goes_upstream_with_media(
    query: str, hidden: tuple[str, ...], told: str
) -> None:
    """No other parameter does."""
    assert client_data(query, hidden) == told
