"""The commands `token` and `check`, with an origin."""

import random
from collections.abc import Callable

import pytest
from aiohttp import web

from proxy.app.inspection import check, show_token
from proxy.errors import StartError
from proxy.settings import Settings
from tests.fake_clock import FakeClock
from tests.streams.origin import origin

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXT-X-ENDLIST\n"
STREAM = """
[streams.{name}]
url = "{url}"
token = {{ source = "static", value = "SECRET" }}
placement = [{{ query = "token" }}]
not_ready = [425]
"""

Load = Callable[..., Settings]


class Told(list[str]):
    """What a command printed, and whether all went well."""

    async def checks(self, settings: Settings, *streams: str) -> bool:
        """Run `check`."""
        rng = random.Random(0)  # noqa: S311 - a jitter, no secret
        return await check(
            settings, streams, say=self.append, environ={}, clock=FakeClock(), rng=rng
        )

    async def shows(self, settings: Settings, stream: str) -> bool:
        """Run `token`."""
        return await show_token(
            settings,
            stream,
            reveal=False,
            say=self.append,
            environ={},
            clock=FakeClock(),
            rng=random.Random(0),  # noqa: S311 - a jitter, no secret
        )


async def test_all_streams_are_checked(loaded: Load) -> None:
    """Step by step; one that fails does not stop the next."""
    told = Told()
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        one.says("/s1.ts", b"\0media", kind="video/mp2t")
        text = STREAM.format(name="bad", url=f"{one.url}/none.m3u8")
        text += STREAM.format(name="good", url=f"{one.url}/v.m3u8")
        assert not await told.checks(loaded(text))
    at = told.index("good")
    assert any(line.startswith("FAILED  entry") for line in told[:at])
    assert [line.split()[:2] for line in told[at + 1 :]] == [
        ["ok", "token"],
        ["ok", "entry"],
        ["ok", "segment"],
    ]
    assert "SECRET" not in "".join(told)


async def test_one_stream_may_be_chosen(loaded: Load) -> None:
    """No other stream's origin gets a request."""
    told = Told()
    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        one.says("/s1.ts", b"\0media", kind="video/mp2t")
        text = STREAM.format(name="bad", url=f"{one.url}/none.m3u8")
        text += STREAM.format(name="good", url=f"{one.url}/v.m3u8")
        assert await told.checks(loaded(text), "good")
        assert one.asked == ["/v.m3u8?token=SECRET", "/s1.ts"]


async def test_families_are_checked_with_a_given_member(loaded: Load) -> None:
    """No member is known in advance."""
    settings = loaded(STREAM.format(name="all", url="http://127.0.0.1:9/{id}/v.m3u8"))
    with pytest.raises(StartError, match="FAMILY/ID"):
        await Told().checks(settings)


async def test_a_token_is_shown(loaded: Load) -> None:
    """Without its value, and without a packet to the upstream."""
    told = Told()
    settings = loaded(STREAM.format(name="lobby", url="http://127.0.0.1:9/v.m3u8"))
    assert await told.shows(settings, "lobby")
    assert any(line.startswith("goes to") for line in told)
    assert "SECRET" not in "".join(told)


async def test_a_token_failure_is_explained(loaded: Load) -> None:
    """Whose fault it is, and what to do."""
    told = Told()
    text = STREAM.format(name="lobby", url="http://127.0.0.1:9/v.m3u8")
    settings = loaded(text.replace('"SECRET"', '"SECRET", expires_at = 1'))
    assert not await told.shows(settings, "lobby")
    assert "expired" in told[0]
    assert "fault: the source of the token" in told[0]


@pytest.mark.parametrize(
    "how", ["segment", "rendition", "redirect", "redirected-segment"]
)
async def test_a_forbidden_host_is_reported_with_the_setting_to_allow_it(
    loaded: Load, how: str
) -> None:
    """The printed line is the fix: copy it into the configuration."""
    told, cured = Told(), Told()
    async with origin() as one, origin() as other:
        other.says("/v.m3u8", MEDIA)
        other.says("/s1.ts", b"\0media", kind="video/mp2t")
        away = f"{other.url}/s1.ts?sig=CANARY"
        match how:
            case "segment":
                one.says("/v.m3u8", MEDIA.replace("s1.ts", f"{other.url}/s1.ts"))
            case "rendition":
                ladder = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{other.url}/v.m3u8\n"
                one.says("/v.m3u8", ladder)
            case "redirect":
                entry = f"{other.url}/v.m3u8?sig=CANARY"
                one.says("/v.m3u8", b"", status=302, Location=entry)
            case _:
                one.says("/v.m3u8", MEDIA)
                one.says("/s1.ts", b"", status=302, Location=away)
        text = STREAM.format(name="lobby", url=f"{one.url}/v.m3u8")
        assert not await told.checks(loaded(text))
        (line,) = [line.strip() for line in told if "origins = " in line]
        assert line == f'origins = ["{other.url}"]'
        assert "               [streams.lobby]" in "\n".join(told)
        assert "CANARY" not in "".join(told)
        assert await cured.checks(loaded(text + line + "\n"))


async def test_an_origin_that_contains_the_token_is_not_shown(loaded: Load) -> None:
    """An upstream may put anything into a host name."""
    told = Told()
    async with origin() as one:
        secret = "s3cret-t0ken-of-the-lobby"
        one.says("/v.m3u8", b"", status=302, Location=f"http://{secret}.test/v.m3u8")
        text = STREAM.format(name="lobby", url=f"{one.url}/v.m3u8")
        assert not await told.checks(loaded(text.replace("SECRET", secret)))
    assert "a redirect to an origin that is not allowed" in "\n".join(told)
    assert secret not in "".join(told)


@pytest.mark.parametrize("has_ranges", [True, False])
async def test_an_origin_without_ranges_is_found(
    loaded: Load,
    has_ranges: bool,  # noqa: FBT001 - both ways
) -> None:
    """A playlist whose segments are ranges of one file cannot play from it."""
    told, data = Told(), bytes(1000)

    def answer(request: web.Request) -> web.Response:
        if not has_ranges:
            return web.Response(body=data, content_type="video/mp2t")
        part = request.http_range
        fields = {"Content-Range": f"bytes {part.start}-{part.stop - 1}/1000"}
        return web.Response(
            status=206,
            body=data[part],
            headers=fields,
            content_type="video/mp2t",
        )

    async with origin() as one:
        ranged = "#EXT-X-BYTERANGE:400@100\n#EXTINF"
        one.says("/v.m3u8", MEDIA.replace("#EXTINF", ranged))
        one.asks("/s1.ts", answer)
        text = STREAM.format(name="lobby", url=f"{one.url}/v.m3u8")
        assert await told.checks(loaded(text)) is has_ranges
        assert one.headers[-1]["Range"] == "bytes=100-499"
    lines = "\n".join(told)
    assert ("400 bytes from 100 on" in lines) is has_ranges
    assert ("it ignores byte ranges" in lines) is not has_ranges


@pytest.mark.parametrize("opens", [True, False])
async def test_redirected_media_is_fetched_as_a_player_does(
    loaded: Load,
    opens: bool,  # noqa: FBT001 - both ways
) -> None:
    """Without the stream's own headers, which the player does not have."""
    told = Told()

    def answer(request: web.Request) -> web.Response:
        if not opens and "Referer" not in request.headers:
            return web.Response(status=403)
        return web.Response(body=b"\0media", content_type="video/mp2t")

    async with origin() as one:
        one.says("/v.m3u8", MEDIA)
        one.asks("/s1.ts", answer)
        text = STREAM.format(name="lobby", url=f"{one.url}/v.m3u8")
        text += 'delivery = "redirect"\nreach = "all"\n'
        text += 'headers = { Referer = "https://www.example.com/" }\n'
        assert await told.checks(loaded(text)) is opens
        assert one.asked[-1] == "/s1.ts?token=SECRET"
        assert "Referer" not in one.headers[-1]
    lines = "\n".join(told)
    assert ("6 bytes" in lines) is opens
    assert ("refused to a player that was redirected there" in lines) is not opens
    assert "SECRET" not in lines
