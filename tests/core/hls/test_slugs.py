"""The readable names of renditions."""

import pytest

from proxy.core.hls.slugs import Given, ListedPlaylist, assign, clone_of, slug_of

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
def test_a_slug_is_read_off_the_attributes(
    tag: str, attributes: dict[str, str], slug: str | None
) -> None:
    """Measured bit rates that wander by a percent make no other slug."""
    assert slug_of(tag, attributes, pathways=False) == slug


def test_with_several_pathways_the_pathway_is_part_of_the_slug() -> None:
    """Each pathway has its own rendition of the same attributes."""
    attributes = {"BANDWIDTH": "64000", "PATHWAY-ID": "CDN-B"}
    assert slug_of(VARIANT, attributes, pathways=True) == "64k-cdn-b"


def listed(*names: str, wish: str = "720p", bandwidth: int = 1) -> list[ListedPlaylist]:
    """Return mentions whose URL is signed and whose canonical URL is the name."""
    return [ListedPlaylist(f"{name}?sig=1", name, wish, bandwidth) for name in names]


def gave(slugs: dict[str, str]) -> dict[str, Given]:
    """Return what slugs were given to, by their canonical URLs."""
    return {slug: Given(canonical) for slug, canonical in slugs.items()}


def test_one_rendition_for_each_distinct_url() -> None:
    """Listed once per audio group, it is one, named by its lowest bandwidth."""
    mentions = [
        ListedPlaylist("a", "a", "1080p-5000k", 5_000_000),
        ListedPlaylist("a", "a", "1080p-4800k", 4_800_000),
    ]
    assert assign(mentions, {}) == {"a": "1080p-4800k"}


def test_ordinals_follow_the_canonical_urls_not_the_lines() -> None:
    """Origins reorder variants between fetches."""
    there, back = assign(listed("a", "b"), {}), assign(listed("b", "a"), {})
    assert there == back == {"a?sig=1": "720p", "b?sig=1": "720p-2"}


def test_a_newcomer_takes_the_next_free_ordinal() -> None:
    """It sorts first, and orphans nobody."""
    given = gave({"720p": "b", "720p-2": "c"})
    slugs = assign(listed("a", "b", "c"), given)
    assert slugs == {"b?sig=1": "720p", "c?sig=1": "720p-2", "a?sig=1": "720p-3"}


def test_a_slug_stays_when_the_attributes_wander() -> None:
    """A playlist known by its canonical URL keeps its slug over another bit rate."""
    slugs = assign(listed("a", wish="720p-3100k"), gave({"720p-3000k": "a"}))
    assert slugs == {"a?sig=1": "720p-3000k"}


def test_where_urls_tell_nothing_attributes_do() -> None:
    """All playlists have one canonical URL; each is found again by its attributes."""
    mentions = [
        ListedPlaylist("blob1", "*/rendition.m3u8", "720p", 2),
        ListedPlaylist("blob2", "*/rendition.m3u8", "360p", 1),
    ]
    given = gave({"720p": "*/rendition.m3u8", "360p": "*/rendition.m3u8"})
    assert assign(mentions, given) == {"blob1": "720p", "blob2": "360p"}


def test_playlists_that_share_canonical_urls_keep_their_slugs() -> None:
    """Redundant ones differ in a signature alone; a newcomer is no reason to swap."""
    mentions = [
        ListedPlaylist(f"{canonical}?sig={n}", canonical, "720p", 1)
        for canonical in ("b", "a")
        for n in range(2)
    ]
    first = assign(mentions, {})
    given = gave({first[one.url]: one.canonical for one in mentions})
    assert assign(mentions, given) == first
    newcomer = ListedPlaylist("0", "0", "720p", 1)
    assert assign([newcomer, *mentions], given) == {**first, "0": "720p-5"}


def test_urls_that_change_at_every_fetch_do_not_use_up_ordinals() -> None:
    """What has left the list gives its slug to what came with the same attributes."""
    assert assign(listed("v2"), gave({"720p": "v1"})) == {"v2?sig=1": "720p"}


def test_a_slug_that_is_not_listed_now_is_not_given_away_by_another_wish() -> None:
    """A player's selection lists fewer; the others keep their slugs."""
    given = gave({"1080p": "a", "720p": "b"})
    assert assign(listed("b"), given) == {"b?sig=1": "720p"}


@pytest.mark.parametrize("turned", [False, True])
def test_codecs_keep_their_slugs_though_every_url_is_new(*, turned: bool) -> None:
    """In whichever order they are listed, and after a restart."""

    def load(number: int, *, turned: bool) -> list[ListedPlaylist]:
        codecs = ["hvc1", "avc1"] if turned else ["avc1", "hvc1"]
        return [
            ListedPlaylist(f"{number}{c}", f"{number}{c[::-1]}", "720p", 1, c)
            for c in codecs
        ]

    first = assign(load(1, turned=turned), {})
    given = {
        first[one.url]: Given(one.canonical, one.kin) for one in load(1, turned=turned)
    }
    assert first == {"1avc1": "720p", "1hvc1": "720p-2"}
    later = assign(load(2, turned=not turned), given)
    assert later == {"2avc1": "720p", "2hvc1": "720p-2"}


@pytest.mark.parametrize(
    ("given", "before", "wishes", "slugs"),
    [
        # The only one of its height.
        (["480p-800k", "240p-300k"], [], ["240p-301k", "480p-801k"], [1, 0]),
        # Nothing but the bit rate tells them: the lowest for the lowest.
        (["800k", "300k"], [], ["801k", "301k"], [0, 1]),
        (["480p-800k", "480p-1200k"], [], ["480p-1300k", "480p-850k"], [1, 0]),
        (["ad-5k.800k"], [], ["ad-5k.850k"], [0]),
        (["480p-800k-cdn", "480p-800k-x"], [], ["480p-900k-x"], [1]),
        (["480p-800k-2"], [], ["480p-850k"], [0]),
        # One that left long ago does not hide which one left now.
        (["480p-800k", "480p-600k"], ["480p-800k"], ["480p-850k"], [0]),
        # Others, or more, than those that left.
        (["480p-800k"], [], ["720p-800k"], ["720p-800k"]),
        (["audio-1"], [], ["audio-3"], ["audio-3"]),
        (["audio-2"], [], ["audio-64k"], ["audio-64k"]),
        (["iframes-480p-80k"], [], ["480p-90k"], ["480p-90k"]),
        (["9k"], [], ["7k", "8k"], ["7k", "8k"]),
        (["ad-5k.audio-en"], [], ["ad-7k.audio-en"], ["ad-7k.audio-en"]),
    ],
)
def test_a_new_path_and_bit_rate_at_once_orphan_no_player(
    given: list[str], before: list[str], wishes: list[str], slugs: list[int | str]
) -> None:
    """What a player polls goes on as the rendition that it was."""
    mentions = [
        ListedPlaylist(f"{wish}/new", f"{wish}/new", wish, 1) for wish in wishes
    ]
    found = assign(mentions, {slug: Given(f"{slug}/old") for slug in given}, before)
    want = [given[slug] if isinstance(slug, int) else slug for slug in slugs]
    assert [found[one.url] for one in mentions] == want


def test_of_one_height_each_codec_keeps_its_slug() -> None:
    """Where bit rates cross, what stays tells them apart."""
    given = {"720p-3000k": Given("a1", "avc"), "720p-2000k": Given("h1", "hevc")}
    ladder = [
        ListedPlaylist("a2", "a2", "720p-2400k", 2_400_000, "avc"),
        ListedPlaylist("h2", "h2", "720p-2600k", 2_600_000, "hevc"),
    ]
    slugs = assign(ladder, given, list(given))
    assert slugs == {"a2": "720p-3000k", "h2": "720p-2000k"}


def test_a_ladder_that_drifts_for_hours_keeps_its_slugs() -> None:
    """Every version has other paths and bit rates, in another order."""
    given, before = dict[str, Given](), dict[str, str]()
    for age in range(500):
        low = ListedPlaylist(f"low{age}", f"low{age}", f"{300 + age}k", 1)
        high = ListedPlaylist(f"high{age}", f"high{age}", f"{800 + 40 * age}k", 1)
        ladder = [low, high] if age % 2 else [high, low]
        before = dict(assign(ladder, given, before.values()))
        given |= {before[one.url]: Given(one.canonical) for one in ladder}
        assert before == {low.url: "300k", high.url: "800k"}


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
def test_a_clones_slug_follows_from_the_renditions(
    slug: str, clone: str, taken: set[str], named: str
) -> None:
    """And from the clone's ID, whatever its URLs are today."""
    assert clone_of(slug, clone, taken, {}) == named
