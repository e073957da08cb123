"""A check of a stream: step by step, up to the first failure."""

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

import pytest

from proxy.core.http.framing import Framing
from proxy.diagnosis.finding import Finding
from proxy.diagnosis.walk import Walk
from proxy.errors import (
    HlsAuthProxyError,
    NotReadyError,
    RefusedError,
    TokenUnavailableError,
)
from proxy.replies import MediaReply, PlayerAsk, PlaylistReply, Reply

ENTRY = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\n800k/index.m3u8\n"
RENDITION = (
    b'#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:URI="init.mp4"\n'
    b'#EXT-X-KEY:METHOD=AES-128,URI="../common/key.bin"\n'
    b"#EXTINF:6,\n1.mp4\n#EXT-X-ENDLIST\n"
)
GOOD: Mapping[str, bytes | HlsAuthProxyError] = {
    "index.m3u8": ENTRY,
    "800k/index.m3u8": RENDITION,
    "800k/init.mp4": b"i" * 10,
    "800k/1.mp4": b"s" * 1000,
    "common/key.bin": b"k" * 16,
}


class Bytes:
    """A body in two pieces."""

    held = False
    framing = Framing.LENGTH

    def __init__(self, data: bytes) -> None:
        self.content_length = len(data)
        self._data = data

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield both."""
        yield self._data[:5]
        yield self._data[5:]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class Stream:
    """A stream of fixed answers, by local path."""

    def __init__(self, answers: Mapping[str, bytes | HlsAuthProxyError]) -> None:
        self.answers = answers

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Answer or fail."""
        assert ask.method == "GET"
        answer = self.answers[path]
        if isinstance(answer, HlsAuthProxyError):
            raise answer
        if path.endswith(".m3u8"):
            return PlaylistReply(answer)
        return MediaReply(200, (), Bytes(answer))


async def walked(
    answers: Mapping[str, bytes | HlsAuthProxyError],
    *,
    token: HlsAuthProxyError | None = None,
) -> tuple[bool, list[Finding]]:
    """Return the result of the check, and its findings."""
    found: list[Finding] = []

    async def get() -> str:
        if token is not None:
            raise token
        return "signed"

    walk = Walk(Stream(answers), get, say=found.append, mono=lambda: 5.0)
    return await walk.run(), found


async def test_every_step_is_taken() -> None:
    """Down to the key of a segment, with the names that players use."""
    well, found = await walked(GOOD)
    assert well
    steps = ["token", "entry", "rendition", "init", "segment", "key"]
    assert [finding.step for finding in found] == steps
    assert not any(finding.failed for finding in found)
    assert found[4].result.startswith("/STREAM/800k/1.mp4: 1000 bytes, ")


@pytest.mark.parametrize("path", GOOD)
async def test_the_first_failure_is_the_last_step(path: str) -> None:
    """With whose fault it is, and advice."""
    failure = NotReadyError("not yet", status=404)
    well, found = await walked({**GOOD, path: failure})
    assert not well
    assert [finding.failed for finding in found].index(True) == len(found) - 1
    assert "status 404" in found[-1].result
    assert [note.partition(":")[0] for note in found[-1].notes] == ["fault", "do"]


async def test_the_upstreams_own_message_comes_first() -> None:
    """Before whose fault it is, because it often says everything."""
    failure = RefusedError("refused", status=403)
    failure.said = "invalid_token: it is over"
    _, found = await walked({**GOOD, "index.m3u8": failure})
    assert found[-1].notes[0] == "says:  invalid_token: it is over"
    assert [note.partition(":")[0] for note in found[-1].notes] == [
        "says",
        "fault",
        "do",
    ]


async def test_without_a_token_nothing_is_requested() -> None:
    """The source is reported to be at fault."""
    unavailable = TokenUnavailableError("id.test gave none", retry_after=1.0)
    well, (finding,) = await walked({}, token=unavailable)
    assert not well
    assert finding.result == "id.test gave none"


async def test_drm_is_a_failure() -> None:
    """Everything can be fetched, but it does not play."""
    body = RENDITION.replace(b"AES-128", b"SAMPLE-AES")
    ok, findings = await walked({**GOOD, "800k/index.m3u8": body})
    assert not ok
    assert [(each.step, each.failed) for each in findings][-1] == ("rendition", True)
    assert "DRM" in findings[-1].notes[0]


async def test_empty_media_is_a_failure() -> None:
    """Players skip it, but a check must report it."""
    ok, found = await walked({**GOOD, "800k/1.mp4": b""})
    assert not ok
    assert "expected media, got nothing" in found[-1].result


async def test_a_key_of_another_length_is_a_failure() -> None:
    """For example an HTML page at the URL of a key."""
    well, found = await walked({**GOOD, "common/key.bin": b"<html>"})
    assert not well
    assert "6 bytes" in found[-1].result


async def test_an_entry_may_be_the_rendition() -> None:
    """Then there is no second playlist."""
    media = RENDITION.replace(b'"', b'"').replace(b"1.mp4", b"main/1.mp4")
    answers = {
        "index.m3u8": media.replace(b"init.mp4", b"main/init.mp4").replace(
            b"../common", b"common"
        ),
        "main/init.mp4": b"i",
        "main/1.mp4": b"s" * 9,
        "common/key.bin": b"k" * 16,
    }
    well, found = await walked(answers)
    assert well
    assert [finding.step for finding in found][1:] == [
        "entry",
        "init",
        "segment",
        "key",
    ]


RANGED = RENDITION.replace(b"#EXTINF:6,", b"#EXT-X-BYTERANGE:300@100\n#EXTINF:6,")


class Ranging(Stream):
    """The same, but media has this status and this many bytes."""

    def __init__(self, status: int, size: int) -> None:
        super().__init__({**GOOD, "800k/index.m3u8": RANGED})
        self.asked: list[str] = []
        self._reply = status, size

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Record the requested range."""
        if "Range" not in ask.headers:
            return await super().open(path, ask)
        self.asked.append(f"{path} {ask.headers['Range']}")
        status, size = self._reply
        return MediaReply(status, (), Bytes(b"s" * size))


@pytest.mark.parametrize(
    ("status", "size", "well", "told"),
    [
        (206, 300, True, "800k/1.mp4: 300 bytes from 100 on, "),
        (200, 1000, False, "requested bytes 100 to 399, got the whole file"),
        (206, 299, False, "requested 300 bytes, got 299"),
        (206, 1000, False, "requested 300 bytes, got 1000"),
    ],
)
async def test_a_range_is_requested_as_by_a_player(
    status: int,
    size: int,
    well: bool,  # noqa: FBT001 - a column of the table
    told: str,
) -> None:
    """An origin that has none gives players other bytes than they asked for."""
    found: list[Finding] = []
    stream = Ranging(status, size)
    assert await Walk(stream, None, say=found.append, mono=lambda: 5.0).run() is well
    assert stream.asked == ["800k/1.mp4 bytes=100-399"]
    (segment,) = (finding for finding in found if finding.step == "segment")
    assert told in segment.result
    assert well or "ranges" in segment.notes[-1]
