"""Which rendition gets which slug."""

import pytest

from proxy.core.hls.slug_owners import ListedPlaylist, SlugOwner, assign


def listed(*names: str, wish: str = "720p", bandwidth: int = 1) -> list[ListedPlaylist]:
    """Return mentions whose URL is signed and whose canonical URL is the name."""
    return [
        ListedPlaylist(f"{name}?sig=1", name, wish=wish, bandwidth=bandwidth)
        for name in names
    ]


def gave(slugs: dict[str, str]) -> dict[str, SlugOwner]:
    """Return what slugs were given to, by their canonical URLs."""
    return {slug: SlugOwner(canonical) for slug, canonical in slugs.items()}


def test_one_rendition_for_each_distinct_url() -> None:
    """A variant may be listed once per audio group; the lowest bandwidth names it."""
    mentions = [
        ListedPlaylist("a", "a", wish="1080p-5000k", bandwidth=5_000_000),
        ListedPlaylist("a", "a", wish="1080p-4800k", bandwidth=4_800_000),
    ]
    assert assign(mentions, {}) == {"a": "1080p-4800k"}


def test_ordinals_are_given_in_order_of_canonical_urls() -> None:
    """Origins reorder variants between fetches."""
    there, back = assign(listed("a", "b"), {}), assign(listed("b", "a"), {})
    assert there == back == {"a?sig=1": "720p", "b?sig=1": "720p-2"}


def test_a_new_rendition_gets_the_next_free_ordinal() -> None:
    """Although it sorts first, the others keep theirs."""
    given = gave({"720p": "b", "720p-2": "c"})
    slugs = assign(listed("a", "b", "c"), given)
    assert slugs == {"b?sig=1": "720p", "c?sig=1": "720p-2", "a?sig=1": "720p-3"}


def test_a_slug_stays_when_measured_attributes_change() -> None:
    """A playlist with the same canonical URL keeps its slug at another bit rate."""
    slugs = assign(listed("a", wish="720p-3100k"), gave({"720p-3000k": "a"}))
    assert slugs == {"a?sig=1": "720p-3000k"}


def test_attributes_decide_if_urls_are_new() -> None:
    """All have the same canonical URL; attributes identify them."""
    mentions = [
        ListedPlaylist("blob1", "*/rendition.m3u8", wish="720p", bandwidth=2),
        ListedPlaylist("blob2", "*/rendition.m3u8", wish="360p", bandwidth=1),
    ]
    given = gave({"720p": "*/rendition.m3u8", "360p": "*/rendition.m3u8"})
    assert assign(mentions, given) == {"blob1": "720p", "blob2": "360p"}


def test_playlists_that_share_canonical_urls_keep_their_slugs() -> None:
    """Redundant ones differ only in a signature; a new one must not swap them."""
    mentions = [
        ListedPlaylist(f"{canonical}?sig={n}", canonical, wish="720p", bandwidth=1)
        for canonical in ("b", "a")
        for n in range(2)
    ]
    first = assign(mentions, {})
    given = gave({first[one.url]: one.canonical for one in mentions})
    assert assign(mentions, given) == first
    newcomer = ListedPlaylist("0", "0", wish="720p", bandwidth=1)
    assert assign([newcomer, *mentions], given) == {**first, "0": "720p-5"}


def test_urls_that_change_at_every_fetch_do_not_use_up_ordinals() -> None:
    """A new playlist gets the slug of a gone one with the same attributes."""
    assert assign(listed("v2"), gave({"720p": "v1"})) == {"v2?sig=1": "720p"}


def test_a_slug_that_is_not_listed_now_is_kept_for_its_playlist() -> None:
    """A player's selection lists fewer; the others keep their slugs."""
    given = gave({"1080p": "a", "720p": "b"})
    assert assign(listed("b"), given) == {"b?sig=1": "720p"}


@pytest.mark.parametrize("turned", [False, True])
def test_codecs_keep_their_slugs_although_every_url_is_new(*, turned: bool) -> None:
    """The order in which they are listed does not matter."""

    def load(number: int, *, turned: bool) -> list[ListedPlaylist]:
        codecs = ["hvc1", "avc1"] if turned else ["avc1", "hvc1"]
        return [
            ListedPlaylist(
                f"{number}{c}", f"{number}{c[::-1]}", wish="720p", bandwidth=1, kin=c
            )
            for c in codecs
        ]

    first = assign(load(1, turned=turned), {})
    given = {
        first[one.url]: SlugOwner(one.canonical, one.kin)
        for one in load(1, turned=turned)
    }
    assert first == {"1avc1": "720p", "1hvc1": "720p-2"}
    later = assign(load(2, turned=not turned), given)
    assert later == {"2avc1": "720p", "2hvc1": "720p-2"}


@pytest.mark.parametrize(
    ("given", "before", "wishes", "slugs"),
    [
        # The only one with this height.
        (["480p-800k", "240p-300k"], [], ["240p-301k", "480p-801k"], [1, 0]),
        # Only the bit rate differs: the lowest gets the lowest slug.
        (["800k", "300k"], [], ["801k", "301k"], [0, 1]),
        (["480p-800k", "480p-1200k"], [], ["480p-1300k", "480p-850k"], [1, 0]),
        (["ad-5k.800k"], [], ["ad-5k.850k"], [0]),
        (["480p-800k-cdn", "480p-800k-x"], [], ["480p-900k-x"], [1]),
        (["480p-800k-2"], [], ["480p-850k"], [0]),
        # One that left long ago is not confused with the one that left now.
        (["480p-800k", "480p-600k"], ["480p-800k"], ["480p-850k"], [0]),
        # Different ones than those that left, or more.
        (["480p-800k"], [], ["720p-800k"], ["720p-800k"]),
        (["audio-1"], [], ["audio-3"], ["audio-3"]),
        (["audio-2"], [], ["audio-64k"], ["audio-64k"]),
        (["iframes-480p-80k"], [], ["480p-90k"], ["480p-90k"]),
        (["9k"], [], ["7k", "8k"], ["7k", "8k"]),
        (["ad-5k.audio-en"], [], ["ad-7k.audio-en"], ["ad-7k.audio-en"]),
    ],
)
def test_a_rendition_keeps_its_slug_if_path_and_bit_rate_are_new(
    given: list[str], before: list[str], wishes: list[str], slugs: list[int | str]
) -> None:
    """A player that polls it goes on with the same rendition."""
    mentions = [
        ListedPlaylist(f"{wish}/new", f"{wish}/new", wish=wish, bandwidth=1)
        for wish in wishes
    ]
    found = assign(mentions, {slug: SlugOwner(f"{slug}/old") for slug in given}, before)
    want = [given[slug] if isinstance(slug, int) else slug for slug in slugs]
    assert [found[one.url] for one in mentions] == want


def test_codecs_of_the_same_height_keep_their_slugs() -> None:
    """Their bit rates cross, but their codecs stay."""
    given = {
        "720p-3000k": SlugOwner("a1", "avc"),
        "720p-2000k": SlugOwner("h1", "hevc"),
    }
    ladder = [
        ListedPlaylist("a2", "a2", wish="720p-2400k", bandwidth=2_400_000, kin="avc"),
        ListedPlaylist("h2", "h2", wish="720p-2600k", bandwidth=2_600_000, kin="hevc"),
    ]
    slugs = assign(ladder, given, list(given))
    assert slugs == {"a2": "720p-3000k", "h2": "720p-2000k"}


def test_a_ladder_that_drifts_for_hours_keeps_its_slugs() -> None:
    """Every version has other paths and bit rates, in another order."""
    given, before = dict[str, SlugOwner](), dict[str, str]()
    for age in range(500):
        low = ListedPlaylist(
            f"low{age}", f"low{age}", wish=f"{300 + age}k", bandwidth=1
        )
        high = ListedPlaylist(
            f"high{age}", f"high{age}", wish=f"{800 + 40 * age}k", bandwidth=1
        )
        ladder = [low, high] if age % 2 else [high, low]
        before = dict(assign(ladder, given, before.values()))
        given |= {before[one.url]: SlugOwner(one.canonical) for one in ladder}
        assert before == {low.url: "300k", high.url: "800k"}
