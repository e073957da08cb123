"""The renditions that a multivariant playlist lists, and their slugs."""

from proxy.core.hls.names import Base, Marks
from proxy.core.hls.playlist import Reference
from proxy.core.hls.slug_owners import SlugOwner
from proxy.core.kind import Kind
from proxy.localise.ladder import Ladder, updated_ladder

D = "https://cdn.example/live/ch1/"
BASE = Base(f"{D}index.m3u8", f"{D}index.m3u8")
VARIANT = "EXT-X-STREAM-INF"


def reference(url: str, kind: Kind, tag: str, **attributes: str) -> Reference:
    """Return a reference as the rewriter would find it."""
    return Reference(url, kind, tag, attributes, False, url)  # noqa: FBT003


def test_renditions_are_distinguished_by_attributes() -> None:
    """Each playlist of a multivariant playlist gets its slug once."""
    listed = [
        reference(f"{D}v.m3u8?s=1", Kind.PLAYLIST, VARIANT, BANDWIDTH="800000"),
        reference(f"{D}v.m3u8?s=1", Kind.PLAYLIST, VARIANT, BANDWIDTH="700000"),
        reference(
            f"{D}a.m3u8", Kind.PLAYLIST, "EXT-X-MEDIA", TYPE="AUDIO", LANGUAGE="en"
        ),
        reference(f"{D}k", Kind.KEY, "EXT-X-SESSION-KEY"),
    ]
    ladder = updated_ladder(Ladder(), listed, base=BASE, marks=Marks(), prefix="")
    assert ladder.slugs == {f"{D}v.m3u8?s=1": "700k", f"{D}a.m3u8": "audio-en"}
    assert {slug: one.canonical for slug, one in ladder.given.items()} == {
        "700k": f"{D}v.m3u8?s=1",
        "audio-en": f"{D}a.m3u8",
    }


def test_renditions_of_a_nested_playlist_have_its_name() -> None:
    """Two assets with equal ladders do not collide."""
    listed = [reference(f"{D}v.m3u8", Kind.PLAYLIST, VARIANT, BANDWIDTH="1")]
    ladder = updated_ladder(Ladder(), listed, base=BASE, marks=Marks(), prefix="ad-x.")
    assert ladder.slugs == {f"{D}v.m3u8": "ad-x.0k"}


def test_a_slug_stays() -> None:
    """Also if a later version has another bit rate."""
    before = Ladder({}, {"700k": SlugOwner(f"{D}v.m3u8")})
    listed = [reference(f"{D}v.m3u8", Kind.PLAYLIST, VARIANT, BANDWIDTH="710000")]
    after = updated_ladder(before, listed, base=BASE, marks=Marks(), prefix="")
    assert after.slugs == {f"{D}v.m3u8": "700k"}


def test_s9_a_ladder_is_limited() -> None:
    """A thousand renditions get different slugs quickly; no more are listed."""
    listed = [
        reference(f"{D}{n}.m3u8", Kind.PLAYLIST, VARIANT, BANDWIDTH="1000")
        for n in range(50_000)
    ]
    ladder = updated_ladder(Ladder(), listed, base=BASE, marks=Marks(), prefix="")
    assert len(ladder.slugs) == len(set(ladder.slugs.values())) == 1000


def test_a_slug_follows_a_rendition_to_a_new_path_and_bit_rate() -> None:
    """A rendition that an earlier version dropped does not interfere."""
    before = Ladder(
        {f"{D}v1.m3u8": "480p-800k"},
        {"480p-800k": SlugOwner(f"{D}v1.m3u8"), "480p-600k": SlugOwner(f"{D}u.m3u8")},
    )
    listed = [
        reference(
            f"{D}v2.m3u8",
            Kind.PLAYLIST,
            VARIANT,
            BANDWIDTH="840000",
            RESOLUTION="640x480",
        )
    ]
    after = updated_ladder(before, listed, base=BASE, marks=Marks(), prefix="")
    assert after.slugs == {f"{D}v2.m3u8": "480p-800k"}
    assert after.given["480p-800k"].canonical == f"{D}v2.m3u8"
