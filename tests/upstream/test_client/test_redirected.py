"""Redirects on the wire."""

import ssl
import traceback
from collections.abc import Callable

import pytest

from proxy.core.http import uri
from proxy.core.http.uri_query import set_query
from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import (
    RedirectRefusedError,
    UpstreamError,
)
from proxy.upstream.question import ExchangeTimeouts
from tests.raw_origin import End, RawOrigin, Reply, answer, redirect
from tests.upstream.asking import question, way_to
from tests.upstream.test_client.hops import GONE, NAMES

CANARIES = {
    "Authorization": "Bearer canary-header",
    "X-CDN-Token": "canary-custom",
    "Cookie": "session=canary-cookie",
}


QUERY = "canary-query"


def bound_to(own: str) -> Callable[[str], Stamped]:
    """Return a stamp that puts all canaries on requests to one origin."""

    def stamp(url: str) -> Stamped:
        if uri.origin(url) != uri.origin(own):
            return Stamped(url)
        placed = set_query(url, "token", QUERY)
        secrets = frozenset({QUERY, *CANARIES.values()})
        return Stamped(placed, tuple(CANARIES.items()), carried=True, secrets=secrets)

    return stamp


async def test_s4_a_redirect_to_another_port_shows_no_canary() -> None:
    """In no header, custom header, cookie or query, and there is no Referer."""
    async with (
        RawOrigin(answer(b"there")) as other,
        RawOrigin(redirect(other.url("/x?a=1"))) as own,
    ):
        asked = question(own.url("/entry"), stamp=bound_to(own.url()))
        async with way_to(own.url(), other.url()) as way:
            assert await way.body(asked) == b"there"
        for value in (*CANARIES.values(), QUERY):
            assert value in own.heard[0].raw.decode()
        assert other.heard[0].target == "/x?a=1"
        assert b"canary" not in other.heard[0].raw
        assert b"Referer" not in other.heard[0].raw
        assert str(own.port).encode() not in other.heard[0].raw


async def test_s4_a_redirect_that_contains_the_token_is_not_followed() -> None:
    """The target gets no packet."""
    async with (
        RawOrigin(answer()) as other,
        RawOrigin(redirect(other.url(f"/x?return={QUERY}"))) as own,
    ):
        asked = question(own.url("/entry"), stamp=bound_to(own.url()))
        async with way_to(own.url(), other.url()) as way:
            with pytest.raises(RedirectRefusedError):
                await way.status(asked)
        assert other.connections == 0


async def test_s4_a_redirect_to_a_forbidden_origin_is_not_followed() -> None:
    """The target gets no packet, not even if public origins are allowed."""
    async with RawOrigin(answer()) as other, RawOrigin(redirect(other.url())) as own:
        for public in (False, True):
            async with way_to(own.url(), public=public) as way:
                with pytest.raises(RedirectRefusedError):
                    await way.status(question(own.url()))
        assert other.connections == 0


async def test_s4_a_redirect_from_https_to_http_is_not_followed(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    """Not even to an origin that the configuration names."""
    async with RawOrigin(answer()) as other:
        plain = other.url(host="other.example.net")
        async with RawOrigin(redirect(plain), tls=server_tls) as own:
            url = own.url(host="cam.example.com")
            async with way_to(url, plain, names=NAMES, tls=client_tls) as way:
                with pytest.raises(RedirectRefusedError):
                    await way.status(question(url, stamp=bound_to(url)))
        assert other.connections == 0


async def test_every_hop_on_the_own_origin_carries_the_token() -> None:
    """It is placed again, in its proper place."""
    async with (
        RawOrigin(redirect("/b?x=1"), redirect("c"), answer()) as origin,
        way_to(origin.url()) as way,
    ):
        asked = question(origin.url("/a"), stamp=bound_to(origin.url()))
        assert await way.status(asked) == 200
        assert [heard.target for heard in origin.heard] == [
            f"/a?token={QUERY}",
            f"/b?x=1&token={QUERY}",
            f"/c?token={QUERY}",
        ]
        assert [told.status for told in way.told] == [302, 302, 200]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_redirect_keeps_the_method_and_the_range(
    status: int, method: str
) -> None:
    """Only GET and HEAD are ever sent."""
    async with (
        RawOrigin(redirect("/b", f"{status} There"), answer()) as origin,
        way_to(origin.url()) as way,
    ):
        headers = (("Range", "bytes=0-1"),)
        await way.status(question(origin.url(), method=method, headers=headers))
        assert origin.heard[1].method == method
        assert origin.heard[1].values("Range") == ["bytes=0-1"]


async def test_the_location_is_taken_literally() -> None:
    """Non-ASCII bytes are percent-encoded; everything else is unchanged."""
    reply = Reply(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
        b"Location: /a%2fb%7E/\xe9 \xc3\xa9?\r\n\r\n"
    )
    async with RawOrigin(reply, answer()) as origin, way_to(origin.url()) as way:
        await way.status(question(origin.url()))
        assert origin.heard[1].target == "/a%2fb%7E/%E9%20%C3%A9?"


async def test_a_chain_of_redirects_is_limited() -> None:
    """To six requests, five redirects."""
    chain = [redirect(f"/{number}") for number in range(9)]
    async with RawOrigin(*chain) as origin, way_to(origin.url()) as way:
        with pytest.raises(RedirectRefusedError):
            await way.status(question(origin.url()))
        assert len(origin.heard) == 6


async def test_circular_redirects_are_followed_once() -> None:
    """A second round would bring nothing new."""
    async with RawOrigin(redirect("/again")) as origin, way_to(origin.url()) as way:
        with pytest.raises(RedirectRefusedError, match="in a circle"):
            await way.status(question(origin.url()))
        assert len(origin.heard) == 2


async def test_a_redirect_without_a_target_is_not_followed() -> None:
    """There is nothing that could be returned."""
    reply = answer(b"", status="302 Found")
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        with pytest.raises(RedirectRefusedError):
            await way.status(question(origin.url()))


@pytest.mark.parametrize(
    "reply",
    [
        GONE,
        Reply(b"nonsense\r\n\r\n"),
        Reply(b"", End.HANG),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", End.FIN),
        redirect("http://127.0.0.1:1/?t=canary-location"),
        redirect("/again"),
        answer(b"", "X: canary\x01"),
    ],
)
async def test_s5_an_error_shows_no_url_and_no_secret(reply: Reply) -> None:
    """In its text, its traceback and the report about the exchange."""
    async with (
        RawOrigin(reply) as origin,
        way_to(origin.url(), timeouts=ExchangeTimeouts(read_media=0.03)) as way,
    ):
        asked = question(origin.url("/canary-path"), stamp=bound_to(origin.url()))
        with pytest.raises(UpstreamError) as caught:
            await way.body(asked)
        shown = "".join(traceback.format_exception(caught.value)) + repr(way.told)
        assert "canary" not in shown
        assert "http://" not in shown
