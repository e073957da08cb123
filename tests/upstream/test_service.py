"""Requests to token services: short, limited, sent once, and never redirected."""

import asyncio
import gzip
import ssl
import traceback
from dataclasses import replace

import pytest

from proxy.clock import Clock
from proxy.core.tokens.service.messages import ServiceRequest, first
from proxy.errors import BadAnswerError, UnreachableError, UpstreamError
from proxy.upstream.service import MAX_BODY_BYTES, ServiceClient
from tests.fake_clock import FakeClock
from tests.raw_origin import End, RawOrigin, Reply, answer, redirect
from tests.upstream.asking import Names, QuickClock

CANARY = ServiceRequest(
    "POST",
    "https://unset/",
    headers=(("Authorization", "Bearer canary-header"), ("X-Key", "canary-custom")),
    body=b"canary-body",
)
NAMES = {"cam.example.com": "127.0.0.1"}


def client(
    *,
    names: dict[str, str] | None = None,
    tls: ssl.SSLContext | bool = True,
    seconds: float = 10.0,
    clock: Clock | None = None,
) -> ServiceClient:
    """Return a client; `names` are the hosts that resolve."""
    return ServiceClient(
        clock=clock or QuickClock(),
        user_agent="hls-auth-proxy/test",
        total_seconds=seconds,
        resolver=Names(names) if names is not None else None,
        tls=tls,
    )


def get(url: str, *headers: tuple[str, str]) -> ServiceRequest:
    """Return a request without a body."""
    return ServiceRequest("GET", url, headers=headers)


async def test_a_request_is_sent_unchanged() -> None:
    """The URL exactly, the headers, and the codings that we can decode."""
    async with RawOrigin(answer(b"there", "X-A: 1")) as origin:
        asking = client()
        reply = await asking.ask(get(origin.url("/a%7e(b)?c=%2f&"), ("X-Key", "k")))
        await asking.close()
    (heard,) = origin.heard
    assert (heard.method, heard.target) == ("GET", "/a%7e(b)?c=%2f&")
    assert heard.values("X-Key") == ["k"]
    assert heard.values("User-Agent") == ["hls-auth-proxy/test"]
    assert heard.values("Accept-Encoding") == ["gzip, deflate, br, zstd"]
    assert (reply.status, reply.body) == (200, b"there")
    assert first(reply.headers, "x-a") == "1"
    assert reply.sent == 1000.0


async def test_nothing_is_remembered() -> None:
    """No cookie, and no connection that may be dead when it is needed."""
    async with RawOrigin(answer(b"", "Set-Cookie: a=canary")) as origin:
        asking = client()
        for _ in range(2):
            await asking.ask(get(origin.url()))
        await asking.close()
    assert origin.connections == 2
    assert [heard.values("Cookie") for heard in origin.heard] == [[], []]


async def test_a_redirect_is_not_followed() -> None:
    """It would carry the secret elsewhere."""
    origin = RawOrigin()
    async with RawOrigin(answer(b"")) as other, origin:
        origin.replies = [redirect(other.url())]
        asking = client()
        assert (await asking.ask(get(origin.url()))).status == 302
        await asking.close()
    assert other.heard == []


@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1])
async def test_a_body_is_limited(size: int) -> None:
    """It passes at the limit."""
    async with RawOrigin(answer(b"x" * size)) as origin:
        asking = client()
        try:
            reply = await asking.ask(get(origin.url()))
            assert len(reply.body) == size == MAX_BODY_BYTES
        except BadAnswerError:
            assert size > MAX_BODY_BYTES
        await asking.close()


async def test_a_compressed_body_is_decoded_within_the_limit() -> None:
    """A bomb is refused."""
    small, bomb = gzip.compress(b"token"), gzip.compress(bytes(50_000_000))
    coded = "Content-Encoding: gzip"
    async with RawOrigin(answer(small, coded), answer(bomb, coded)) as origin:
        asking = client()
        assert (await asking.ask(get(origin.url()))).body == b"token"
        with pytest.raises(BadAnswerError):
            await asking.ask(get(origin.url()))
        await asking.close()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"", End.FIN),
        Reply(b"", End.RST),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", End.FIN),
        Reply(b"HTTP/1.1 200 OK\r\nX : canary\r\nContent-Length: 0\r\n\r\n"),
        Reply(b"not HTTP canary\r\n\r\n"),
    ],
    ids=["closed", "reset", "short", "bad head", "no HTTP"],
)
async def test_a_failure_is_reported_without_the_request(reply: Reply) -> None:
    """With the host and the kind; there is no retry."""
    async with RawOrigin(reply) as origin:
        asking = client()
        url = origin.url("/canary-path?canary-query")
        request = ServiceRequest("GET", url, headers=CANARY.headers, body=CANARY.body)
        with pytest.raises(UpstreamError) as caught:
            await asking.ask(request)
        await asking.close()
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith(f"127.0.0.1:{origin.port}: ")
    assert len(origin.heard) == 1


async def test_a_silent_service_is_given_up() -> None:
    """A token service answers in milliseconds or not at all."""
    async with RawOrigin(Reply(b"", End.HANG)) as origin:
        asking = client(seconds=0.05)
        with pytest.raises(UnreachableError) as caught:
            await asking.ask(get(origin.url()))
        await asking.close()
    assert caught.value.timed_out


async def test_a_request_may_have_its_own_time_limit() -> None:
    """A sent refresh token is waited for longer than others."""
    async with RawOrigin(Reply(b"", End.HANG)) as origin:
        asking = client(seconds=3600.0)
        with pytest.raises(UnreachableError) as caught:
            await asking.ask(replace(get(origin.url()), seconds=0.05))
        await asking.close()
    assert caught.value.timed_out


async def test_a_refused_connection_and_an_unknown_name_are_reported() -> None:
    """Each with its own message."""
    async with RawOrigin(answer()) as origin:
        gone = origin.url()
    asking = client()
    with pytest.raises(UnreachableError, match="connection refused"):
        await asking.ask(get(gone))
    await asking.close()
    asking = client(names={})
    with pytest.raises(UnreachableError, match="name not resolved"):
        await asking.ask(get("http://nobody.example.com/"))
    await asking.close()


async def test_certificates_are_verified(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    """Nobody else gets the secret."""
    async with RawOrigin(answer(b"there"), tls=server_tls) as origin:
        url = origin.url(host="cam.example.com")
        strict, trusting = client(names=NAMES), client(names=NAMES, tls=client_tls)
        with pytest.raises(UnreachableError, match="certificate not trusted"):
            await strict.ask(get(url))
        assert (await trusting.ask(get(url))).body == b"there"
        await strict.close()
        await trusting.close()
    assert len(origin.heard) == 1


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\x00"])
async def test_a_header_is_one_line(value: str) -> None:
    """Whatever a secret contains."""
    asking = client()
    with pytest.raises(UnreachableError, match="control characters") as caught:
        await asking.ask(get("http://h.test/", ("X-Key", value)))
    await asking.close()
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize("url", ["http:///path", "http://h.test/a b", "http://h:x/"])
async def test_an_invalid_url_is_refused(url: str) -> None:
    """Before anything is sent."""
    asking = client()
    with pytest.raises(UpstreamError):
        await asking.ask(get(url))
    await asking.close()


async def test_a_service_that_hangs_blocks_no_other() -> None:
    """However many requests to it are running: they share no pool."""
    async with (
        RawOrigin(Reply(b"", End.HANG)) as silent,
        RawOrigin(answer(b"there")) as origin,
    ):
        asking = client()
        request = replace(get(silent.url()), method="POST")
        hung = [asyncio.create_task(asking.ask(request)) for _ in range(240)]
        async with asyncio.timeout(10):
            while len(silent.heard) < len(hung):  # noqa: ASYNC110 - sockets
                await asyncio.sleep(0.01)
        async with asyncio.timeout(1):
            assert (await asking.ask(get(origin.url()))).body == b"there"
        for task in hung:
            task.cancel()
        await asyncio.wait(hung)
        await asking.close()


async def test_cancelling_ends_the_request() -> None:
    """It leaves nothing behind."""
    async with RawOrigin(Reply(b"", End.HANG)) as origin:
        asking = client()
        task = asyncio.create_task(asking.ask(get(origin.url())))
        while not origin.heard:  # noqa: ASYNC110 - a socket sets no event of ours
            await asyncio.sleep(0.002)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await asking.close()


@pytest.mark.parametrize(("method", "tries"), [("GET", 2), ("POST", 1)])
async def test_a_silent_get_is_sent_once_more(method: str, tries: int) -> None:
    """On another connection. A POST may not be repeated."""
    clock = FakeClock()
    async with RawOrigin(Reply(b"", End.HANG), answer(b"token")) as origin:
        asking = client(clock=clock)
        task = asyncio.create_task(asking.ask(ServiceRequest(method, origin.url())))
        async with asyncio.timeout(5):
            while not origin.heard:  # noqa: ASYNC110 - the origin has no event
                await asyncio.sleep(0.001)
        await clock.advance(2.0)
        if tries == 1:
            await asyncio.sleep(0.05)
            task.cancel()
        else:
            assert (await task).body == b"token"
        assert [heard.connection for heard in origin.heard] == [1, 2][:tries]
        await asking.close()
