"""The readable names of renditions."""

import pytest

from proxy.core.hls.slugs import clone_of, slug_of

VARIANT = "EXT-X-STREAM-INF"


@pytest.mark.parametrize(
    ("tag", "attributes", "slug"),
    [
        (VARIANT, {"BANDWIDTH": "4986213", "RESOLUTION": "1920x1080"}, "1080p-5000k"),
        (VARIANT, {"BANDWIDTH": "5013000", "RESOLUTION": "1920x1080"}, "1080p-5000k"),
        (VARIANT, {"BANDWIDTH": "850999", "RESOLUTION": "640x360"}, "360p-850k"),
        (VARIANT, {"BANDWIDTH": "64000", "CODECS": "mp4a.40.2"}, "audio-64k"),
        (VARIANT, {"BANDWIDTH": "64000", "CODECS": "avc1.4d,mp4a.40.2"}, "64k"),
        (VARIANT, {"BANDWIDTH": "64000"}, "64k"),
        (VARIANT, {"RESOLUTION": "640x360"}, "360p"),
        (VARIANT, {"BANDWIDTH": "-1"}, None),
        (VARIANT, {"BANDWIDTH": "9" * 5000}, None),
        (VARIANT, {}, None),
        ("EXT-X-MEDIA", {"TYPE": "AUDIO", "LANGUAGE": "en"}, "audio-en"),
        ("EXT-X-MEDIA", {"TYPE": "AUDIO", "NAME": "Grüße, Welt"}, "audio-gr-e-welt"),
        ("EXT-X-MEDIA", {"TYPE": "SUBTITLES", "LANGUAGE": "pt-BR"}, "subs-pt-br"),
        ("EXT-X-MEDIA", {"TYPE": "VIDEO", "NAME": "a" * 60}, "video-" + "a" * 34),
        ("EXT-X-MEDIA", {"TYPE": "AUDIO"}, None),
        (
            "EXT-X-I-FRAME-STREAM-INF",
            {"BANDWIDTH": "400000", "RESOLUTION": "1920x1080"},
            "iframes-1080p-400k",
        ),
        ("EXT-X-IMAGE-STREAM-INF", {"RESOLUTION": "320x180"}, "images-180p"),
    ],
)
def test_a_slug_is_derived_from_attributes(
    tag: str, attributes: dict[str, str], slug: str | None
) -> None:
    """Bit rates that were measured again and differ by a percent give the same slug."""
    assert slug_of(tag, attributes, pathways=False) == slug


def test_with_several_pathways_the_pathway_is_part_of_the_slug() -> None:
    """Each pathway has its own rendition of the same attributes."""
    attributes = {"BANDWIDTH": "64000", "PATHWAY-ID": "CDN-B"}
    assert slug_of(VARIANT, attributes, pathways=True) == "64k-cdn-b"


@pytest.mark.parametrize(
    ("slug", "clone", "taken", "named"),
    [
        ("1080p-5000k", "CDN B", set(), "1080p-5000k-cdn-b"),
        ("1080p-5000k", "b", {"1080p-5000k-b"}, "1080p-5000k-b-2"),
        ("a" * 40, "b" * 40, set(), f"{'a' * 18}-{'b' * 12}-tve7svyf"),
        ("ad-x.360p-800k", "B", set(), "ad-x.360p-800k-b"),
        (f"{'a' * 40}.{'b' * 30}", "c" * 9, set(), f"{'a' * 40}.{'b' * 30}-{'c' * 9}"),
        ("360p", "…", set(), "360p-clone"),
    ],
)
def test_the_slug_of_a_clone_is_derived_from_that_of_its_rendition(
    slug: str, clone: str, taken: set[str], named: str
) -> None:
    """It also depends on the clone's ID, but not on its URLs."""
    assert clone_of(slug, clone, taken, {}) == named
