"""Each carrier finds its credential, and leaves the rest of the request unchanged."""

import pytest

from tests.providers.emulation.asks import Ask
from tests.providers.emulation.carriers import (
    Basic,
    Carrier,
    Cookies,
    Header,
    PathPart,
    PathParts,
    PathPrefix,
    Query,
)


def ask(target: str, **headers: str) -> Ask:
    """Return a request."""
    path, _, query = target.partition("?")
    return Ask("home", path, query=query, headers=headers)


@pytest.mark.parametrize(
    ("carrier", "came", "shown", "rest"),
    [
        (Query(("t",)), ask("/a?x=%2B&t=1%2F2&y"), {"t": "1/2"}, ask("/a?x=%2B&y")),
        (Query(("t",), decoded=False), ask("/?t=%2F"), {"t": "%2F"}, ask("/")),
        (Query(("t",), ("e",)), ask("/?e=1&t=2"), {"t": "2", "e": "1"}, ask("/")),
        (
            Header("Authorization", "Bearer "),
            ask("/", authorization="Bearer abc", accept="*/*"),
            {"token": "abc"},
            ask("/", accept="*/*"),
        ),
        (
            Cookies(("a", "b")),
            ask("/", cookie="c=3; a=1; b=x=y"),
            {"a": "1", "b": "x=y"},
            ask("/", cookie="c=3"),
        ),
        (
            Basic("me"),
            ask("/", authorization="Basic bWU6c2VjcmV0"),
            {"token": "secret"},
            ask("/"),
        ),
        (PathPart(1, "id"), ask("/T/v/a.ts"), {"token": "T"}, ask("/id/v/a.ts")),
        (
            PathParts(2, ("token", "expires")),
            ask("/videos/T/99/master.m3u8"),
            {"token": "T", "expires": "99"},
            ask("/videos/master.m3u8"),
        ),
        (
            PathPrefix("bcdn_token=", ("bcdn_token", "token_path", "expires")),
            ask("/bcdn_token=T&token_path=%2Fv%2F&expires=9/v/a.m3u8?q=1"),
            {"bcdn_token": "T", "token_path": "/v/", "expires": "9"},
            ask("/v/a.m3u8?q=1"),
        ),
    ],
)
def test_a_carrier_takes_its_credential_out(
    carrier: Carrier, came: Ask, shown: dict[str, str], rest: Ask
) -> None:
    """Named as the platform names it; every other byte stays."""
    assert carrier.take(came) == (shown, rest)


@pytest.mark.parametrize(
    ("carrier", "came"),
    [
        (Query(("t",)), ask("/t=1?T=1")),
        (Query(("t",)), ask("/?t=1&t=2")),
        (Query(("t", "e")), ask("/?t=1")),
        (Header("Authorization", "Bearer "), ask("/", authorization="Basic abc")),
        (Header("Authorization", "Bearer "), ask("/", authorization="Bearer ")),
        (Cookies(("a", "b")), ask("/", cookie="a=1")),
        (Basic("me"), ask("/", authorization="Basic eW91OnNlY3JldA==")),
        (Basic("me"), ask("/", authorization="Basic %%%")),
        (PathPart(1, "id"), ask("/id/v/a.ts")),
        (PathParts(2, ("token", "expires")), ask("/videos/master.m3u8")),
        (PathPrefix("bcdn_token=", ("bcdn_token",)), ask("/v/a.m3u8")),
        (PathPrefix("t=", ("t",)), ask("/t=1/t=2/a.m3u8")),
    ],
)
def test_a_carrier_finds_nothing_if_nothing_is_there(
    carrier: Carrier, came: Ask
) -> None:
    """Nor if the credential is there twice or only partly."""
    assert carrier.take(came) is None
