"""Which renditions a player may choose between."""

import pytest

from proxy.core.hls.choices import Choices, choices_of
from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind


def variant(slug: str, **attributes: str) -> Reference:
    """Return a variant; its URL is its slug."""
    return listed("EXT-X-STREAM-INF", slug, **attributes)


def media(slug: str, kind: str, group: str, **attributes: str) -> Reference:
    """Return a rendition of a group."""
    said = {"TYPE": kind, "GROUP-ID": group, **attributes}
    return listed("EXT-X-MEDIA", slug, **said)


def listed(tag: str, slug: str, **attributes: str) -> Reference:
    """Return what a tag refers to."""
    return Reference(slug, Kind.PLAYLIST, tag, attributes, False, slug)  # noqa: FBT003


def choices(*references: Reference) -> Choices:
    """Return what these tags offer."""
    return choices_of(references, lambda each: each.url or None)


def test_what_a_player_may_change_to_has_the_same_role() -> None:
    """Sound does not stand for pictures, and trick play for nothing."""
    offered = choices(
        media("audio-en", "AUDIO", "a"),
        variant("720p", AUDIO="a"),
        listed("EXT-X-I-FRAME-STREAM-INF", "iframes-720p"),
        media("subs-en", "SUBTITLES", "s"),
        media("subs-de", "SUBTITLES", "s"),
    )
    assert not offered.has_others("720p")
    assert not offered.has_others("audio-en")
    assert offered.has_others("subs-de")
    assert choices(variant("720p"), variant("480p")).has_others("480p")


def test_one_playlist_with_several_tags_counts_once() -> None:
    """A variant for each group of sound; and a variant that is in a group itself."""
    one = choices(
        media("720p", "VIDEO", "v"), variant("720p", AUDIO="a"), variant("720p")
    )
    assert not one.has_others("720p")


def test_nobody_knows_about_a_rendition_that_is_not_listed() -> None:
    """So a player may leave it."""
    assert choices().has_others("720p")


@pytest.mark.parametrize(
    ("references", "first"),
    [
        ((), ()),
        ((variant("b"), variant("a")), ("b",)),
        ((variant(""), variant("a")), ("a",)),
        (
            (
                media("de", "AUDIO", "x"),
                media("en", "AUDIO", "x", DEFAULT="YES"),
                media("fr", "AUDIO", "y", DEFAULT="YES"),
                variant("a", AUDIO="x"),
            ),
            ("a", "en"),
        ),
        ((media("de", "AUDIO", "x"), variant("a", AUDIO="x")), ("a", "de")),
        ((media("", "AUDIO", "x"), variant("a", AUDIO="x")), ("a",)),
        ((media("de", "AUDIO", "x"), variant("a")), ("a",)),
        ((media("de", "AUDIO", "x"),), ()),
        ((media("a", "AUDIO", "x"), variant("a", AUDIO="x")), ("a",)),
    ],
)
def test_the_first_variant_and_its_sound_are_loaded_first(
    references: tuple[Reference, ...], first: tuple[str, ...]
) -> None:
    """The default one, if one is the default."""
    assert choices(*references).first == first
