"""What of a recording is fetched, and what is refused."""

import pytest

from proxy.app.prefetch_plan import PlannedPiece, plan_of
from proxy.core.http.headers import Fields
from proxy.errors import StartError
from proxy.replies import DocumentReply, PlayerAsk, PlaylistReply, Reply

ENTRY = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="audio-en/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="b",NAME="English",URI="audio-b/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="a"
720p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="b"
360p/index.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4,
s1.mp4
#EXTINF:4,
#EXT-X-BYTERANGE:100@50
all.mp4
#EXT-X-ENDLIST
"""
FOLDERS = ("audio-en", "audio-b", "720p", "360p")
WHOLE = {
    "index.m3u8": ENTRY,
    **{f"{folder}/index.m3u8": MEDIA for folder in FOLDERS},
}


class Stream:
    """Playlists by path."""

    def __init__(self, texts: dict[str, str], headers: Fields = ()) -> None:
        self.texts = texts
        self.headers = headers

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Return a playlist, or a document if there is none."""
        assert ask.method == "GET"
        if path not in self.texts:
            return DocumentReply(b"{}")
        return PlaylistReply(self.texts[path].encode(), self.headers)


@pytest.mark.parametrize(
    ("wanted", "renditions"),
    [
        ((), ["audio-en", "audio-b", "720p", "360p"]),
        (("720p",), ["audio-en", "720p"]),
        (("360p",), ["audio-b", "360p"]),
        (("720p", "360p"), ["audio-en", "audio-b", "720p", "360p"]),
        (("audio-b",), ["audio-b"]),
    ],
)
async def test_a_rendition_includes_what_is_played_with_it(
    wanted: tuple[str, ...], renditions: list[str]
) -> None:
    """By default all are fetched, each resource once."""
    plan = await plan_of(Stream(WHOLE), "lobby", wanted, trusted=False)
    assert plan.renditions == renditions
    assert not plan.encrypted
    first = renditions[0]
    assert list(plan.pieces.values())[:3] == [
        PlannedPiece(f"{first}/init.mp4", {}),
        PlannedPiece(f"{first}/s1.mp4", {}),
        PlannedPiece(f"{first}/all.mp4", {"Range": "bytes=50-149"}),
    ]
    assert len(plan.pieces) == 3 * len(renditions)
    assert plan.everything[0].path == "index.m3u8"
    assert len(plan.everything) == 4 * len(renditions) + 1


async def test_an_entry_may_be_the_only_rendition() -> None:
    """Its resources are in `main`."""
    text = MEDIA.replace("s1.mp4", "main/s1.mp4").replace(
        "#EXT-X-MAP", '#EXT-X-KEY:METHOD=AES-128,URI="common/k.bin"\n#EXT-X-MAP'
    )
    stream = Stream({"index.m3u8": text})
    plan = await plan_of(stream, "lobby", ("main",), trusted=False)
    assert plan.renditions == ["main"]
    assert plan.encrypted
    assert PlannedPiece("main/s1.mp4", {}) in plan.everything


@pytest.mark.parametrize(
    ("texts", "headers", "wanted", "said"),
    [
        (WHOLE, (), ("1080p",), 'there is no rendition "1080p"; expected one of audio'),
        (
            {"index.m3u8": MEDIA.replace("#EXT-X-ENDLIST\n", "")},
            (("Cache-Control", "no-store"),),
            (),
            "lobby is live: only a recording can be fetched ahead",
        ),
        (
            WHOLE,
            (("Cache-Control", "no-store"),),
            (),
            'set streams.lobby.store.trust = "playlist"',
        ),
        (
            {"index.m3u8": MEDIA.replace("s1.mp4", "http://127.0.0.1/lobby/s1.mp4")},
            (),
            (),
            "made for each player",
        ),
        ({"index.m3u8": ENTRY}, (), (), "audio-en/index.m3u8 is no playlist"),
        ({}, (), (), "index.m3u8 is no playlist"),
    ],
)
async def test_recordings_that_cannot_play_offline_are_refused(
    texts: dict[str, str], headers: Fields, wanted: tuple[str, ...], said: str
) -> None:
    """Before anything is fetched, with advice."""
    with pytest.raises(StartError) as error:
        await plan_of(Stream(texts, headers), "lobby", wanted, trusted=False)
    assert said in str(error.value)


async def test_an_operator_may_keep_what_the_platform_forbids() -> None:
    """A contract may allow it."""
    stream = Stream(WHOLE, (("Cache-Control", "no-store"),))
    assert (await plan_of(stream, "lobby", (), trusted=True)).renditions
