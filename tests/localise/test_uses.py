"""What the names of a presentation mean now."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run
from proxy.core.hls.playlist import Document, rewrite
from proxy.core.kind import Kind
from proxy.localise.listing import Resource
from proxy.localise.playlist_load import PlaylistLoad
from proxy.localise.uses import NextPaths, Use, Uses
from tests.encoder import Encoder, Style

DOCUMENT = Document("https://cdn.example/live/index.m3u8")
PLAYLIST = "720p/index.m3u8"
LIVE = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n"
ENDED = LIVE + b"#EXT-X-ENDLIST\n"


def load(
    body: bytes, now: float = 0, *, source: str = "", validators: str = ""
) -> PlaylistLoad:
    """Return a load of this local playlist."""
    facts = rewrite(body, DOCUMENT, lambda _: None)
    return PlaylistLoad(facts, Moment(now, now), source=source, validators=validators)


def uses(suffix: str = "") -> Uses:
    """Return the uses of a presentation without any loads."""
    names = map("run{}".format, count())
    return Uses(suffix, new_run=lambda: next(names))


def of(kind: Kind, parent: str = PLAYLIST) -> Resource:
    """Return a resource that the playlist lists."""
    return Resource("https://cdn.example/live/x", kind, parent)


SEGMENT = of(Kind.SEGMENT)


def test_a_name_has_the_run_and_number_of_its_playlist() -> None:
    """A name that is not listed, or whose playlist is unknown, has none."""
    known = uses()
    assert known.use("720p/a.ts", SEGMENT, 0) is None
    known.loaded(PLAYLIST, load(LIVE))
    assert known.use("720p/b.ts", SEGMENT, 0) == Use("run0", 1)
    assert known.use("720p/c.ts", SEGMENT, 0) is None
    assert known.use("480p/b.ts", SEGMENT, 0) is None
    assert known.use("480p/b.ts", of(Kind.SEGMENT, "480p/index.m3u8"), 0) is None
    known.forget()
    assert known.use("720p/b.ts", SEGMENT, 0) is None


def test_a_key_has_the_run_of_its_playlist() -> None:
    """It has no number in it."""
    known = uses()
    known.loaded(PLAYLIST, load(LIVE))
    assert known.use("common/key-x.bin", of(Kind.KEY), 0) == Use("run0", 0)


def test_a_live_playlist_that_is_no_longer_loaded_counts_for_nothing() -> None:
    """Its encoder may have been restarted. An ended playlist does not change."""
    known = uses()
    known.loaded(PLAYLIST, load(LIVE, 100))
    assert known.use("720p/a.ts", SEGMENT, 118)
    assert known.use("720p/a.ts", SEGMENT, 119) is None
    known.loaded(PLAYLIST, load(LIVE, 120))
    assert known.use("720p/a.ts", SEGMENT, 130)
    known.loaded(PLAYLIST, load(ENDED, 130))
    assert known.use("720p/a.ts", SEGMENT, 10**6)


def test_the_use_of_an_ended_playlist_is_lasting() -> None:
    """Another process computes the same."""
    seen = set()
    for known in (uses(), uses()):
        known.loaded(PLAYLIST, load(ENDED, validators="1"))
        use = known.use("720p/a.ts", SEGMENT, 0)
        assert use is not None
        assert use.lasting
        seen.add(use)
    assert len(seen) == 1
    known.loaded(PLAYLIST, load(ENDED, validators="2"))
    assert known.use("720p/a.ts", SEGMENT, 0) not in seen


def test_a_loaded_playlist_is_known_until_it_is_forgotten() -> None:
    """A playlist from the disk need not be recorded twice."""
    known = uses()
    assert not known.knows(PLAYLIST)
    known.loaded(PLAYLIST, load(LIVE))
    assert known.knows(PLAYLIST)
    known.forget()
    assert not known.knows(PLAYLIST)


def test_loads_before_the_first_question_cost_nothing() -> None:
    """Nothing is kept yet, so only the last load counts."""
    known = uses()
    for now in range(5):
        known.loaded(PLAYLIST, load(LIVE.replace(b"a.ts", b"%d.ts" % now), now))
    known.loaded(PLAYLIST, load(LIVE, 6))
    assert known.use("720p/a.ts", SEGMENT, 6) == Use("run0", 0)


@pytest.mark.parametrize(
    "between", [ENDED, LIVE[: -len(b"#EXTINF:6,\nb.ts\n")], LIVE.replace(b"b.", b"c.")]
)
def test_no_load_between_two_questions_is_missed(between: bytes) -> None:
    """It may have ended, gone back or changed, and then caught up again."""
    known = uses()
    known.loaded(PLAYLIST, load(LIVE))
    assert known.use("720p/a.ts", SEGMENT, 0) == Use("run0", 0)
    known.loaded(PLAYLIST, load(between, 1))
    known.loaded(PLAYLIST, load(LIVE, 2))
    use = known.use("720p/a.ts", SEGMENT, 2)
    assert use is not None
    assert use.run != "run0"


def test_a_delta_after_a_full_version_misses_nothing() -> None:
    """Although nobody asked between them."""
    skip = b"#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXTINF:6,\nb.ts\n#EXTINF:6,\nc.ts\n"
    known = uses()
    known.loaded(PLAYLIST, load(LIVE))
    known.loaded(PLAYLIST, load(LIVE[: LIVE.index(b"#EXTINF")] + skip, 1))
    found = [known.use(f"720p/{name}.ts", SEGMENT, 1) for name in "abc"]
    assert found == [Use("run0", 0), Use("run0", 1), Use("run0", 2)]


def test_a_playlist_from_another_source_has_another_run() -> None:
    """Its name was moved to another session of the upstream."""
    known = uses()
    known.loaded(PLAYLIST, load(LIVE, source="https://cdn.example/1.m3u8"))
    assert known.use("720p/a.ts", SEGMENT, 0) == Use("run0", 0)
    known.loaded(PLAYLIST, load(LIVE, source="https://cdn.example/2.m3u8"))
    assert known.use("720p/a.ts", SEGMENT, 0) == Use("run1", 0)


def test_the_age_of_a_playlist_counts() -> None:
    """It was up to date before it was loaded."""
    known = uses()
    known.loaded(
        PLAYLIST, PlaylistLoad(load(LIVE).facts, Moment(0, 0), headers=(("Age", "8"),))
    )
    assert known.use("720p/a.ts", SEGMENT, 0) == Use("run0", 0)
    known.loaded(PLAYLIST, load(LIVE, 3))
    assert known.use("720p/a.ts", SEGMENT, 3) == Use("run1", 0)


def test_a_live_run_has_the_name_that_the_processes_agree_on() -> None:
    """They are asked once for each version, and not for what is ended."""
    asked: list[tuple[str, str, bool]] = []

    def agree(playlist: str, run: Run, version: Version, new: bool) -> None:  # noqa: FBT001
        assert version.window.text == run.last.window.text
        assert version.window is not run.last.window
        asked.append((playlist, run.name, new))
        run.name = "common"

    known = Uses(".lang-de", new_run=lambda: "own", agree=agree)
    known.loaded(PLAYLIST, load(LIVE))
    for name in "ab":
        use = known.use(f"720p/{name}.ts", SEGMENT, 0)
        assert use is not None
        assert use.run == "common"
    known.loaded(PLAYLIST, load(LIVE, 1))
    assert known.use("720p/a.ts", SEGMENT, 1)
    known.loaded("ended.m3u8", load(ENDED))
    assert known.use("a.ts", of(Kind.SEGMENT, "ended.m3u8"), 1)
    name = f"{PLAYLIST}\n.lang-de"
    assert asked == [(name, "own", True), (name, "common", False)]


@pytest.mark.parametrize(
    ("parent", "suffix", "written", "path"),
    [
        ("720p/index.m3u8", "", "x.ts", "720p/x.ts"),
        ("720p/index.m3u8", "", "../common/x.ts", "common/x.ts"),
        ("720p/index.m3u8", ".lang-de", "x.ts", "720p/x.ts"),
        ("720p/index.m3u8", ".lang-de", "../common.lang-de/x.ts", "common/x.ts"),
        ("index.m3u8", "", "main/x.ts", "main/x.ts"),
        ("index.m3u8", ".lang-de", "main.lang-de/x.ts", "main/x.ts"),
        ("common/ad-x.m3u8", "", "../ad-x.main/x.ts", "ad-x.main/x.ts"),
    ],
)
def test_names_are_found_as_the_playlist_writes_them(
    parent: str, suffix: str, written: str, path: str
) -> None:
    """Relative to it, and with the player's selection."""
    known = uses(suffix)
    body = LIVE.replace(b"b.ts", written.encode())
    known.loaded(parent, load(body))
    assert known.use(path, of(Kind.SEGMENT, parent), 0) == Use("run0", 1)
    known.loaded(parent, load(LIVE.replace(b"b.ts", written.encode() + b"x")))
    assert known.use(path, of(Kind.SEGMENT, parent), 0) is None


def test_following_segments_are_returned_as_local_paths() -> None:
    """With their init section, and with gaps."""
    known = uses(".lang-de")
    body = (
        b'#EXTM3U\n#EXT-X-MAP:URI="i.mp4"\n#EXTINF:6,\na.ts\n#EXTINF:6,\n'
        b"../x.lang-de/b.ts\n#EXT-X-GAP\n#EXTINF:6,\nc.ts\n#EXTINF:6,\ndata:,\n"
    )
    known.loaded(PLAYLIST, load(body))
    assert known.following("720p/a.ts", SEGMENT) == NextPaths(
        "720p/i.mp4", (("x/b.ts", False), ("720p/c.ts", True)), 6.0
    )
    assert known.following("720p/i.mp4", of(Kind.MAP)) == NextPaths()
    assert known.following("720p/y.ts", SEGMENT) == NextPaths()


STYLES = st.builds(
    Style,
    durations=st.lists(st.sampled_from([0.5, 2.0, 4.0, 6.0]), min_size=1, max_size=3),
    window=st.sampled_from([0, 1, 2, 3, 5, 8]),
    cycle=st.sampled_from([0, 0, 3, 4, 6, 10]),
    numbered=st.sampled_from([True, True, True, False]),
    counted=st.booleans(),
    parts=st.sampled_from([0, 0, 2, 3]),
    skips=st.sampled_from([0, 0, 1, 2, 4]),
)
RESTARTS = [0, 0, 1, 5, -1, -2, -3]
STEPS = st.tuples(
    st.sampled_from(["", "", "", "go on", "stall", "end", *RESTARTS]),
    st.integers(0, 80),
    st.sampled_from(["whole", "whole", "whole", "delta", "unasked", ""]),
)


@settings(max_examples=300)
@given(STYLES, st.lists(STEPS, min_size=2, max_size=12))
def test_equal_uses_never_had_different_contents(
    style: Style, steps: list[tuple[str | int, int, str]]
) -> None:
    """However an encoder in real time is restarted, and whenever it is looked at.

    An encoder could do things that no playlist shows; this one does not:

    - make segments faster than they play, after it was restarted,
    - write a file again while its playlist still has the old listing of it,
    - list again what it listed before, with other contents and no discontinuity,
    - end with the same text as before, and with the same validators.
    """
    encoder, known = Encoder(style), uses()
    contents: dict[tuple[str, str, int], int] = {}
    for action, halves, loaded in steps:
        if isinstance(action, int):
            encoder.restart(action if action >= 0 else max(encoder.end + action, 0))
        elif action == "end":
            encoder.ended = True
        elif action == "go on" and not encoder.ended:
            encoder.go_on()
        (encoder.stall if action == "stall" else encoder.run)(halves / 2)
        if not loaded:
            continue
        body = encoder.playlist(delta=loaded == "delta").encode()
        validators = str(encoder.written)
        known.loaded(PLAYLIST, load(body, encoder.now, validators=validators))
        if loaded == "unasked":
            continue
        names = encoder.names
        for name in names:
            kind = Kind.MAP if name == "init.mp4" else Kind.SEGMENT
            use = known.use(f"720p/{name}", of(kind), encoder.now)
            if use is None:
                assert loaded == "delta"
                continue
            assert use.listed
            content = encoder.files[name]
            assert contents.setdefault((name, *use[:2]), content) == content
        for name in {name for name, _, _ in contents}.difference(names):
            use = known.use(f"720p/{name}", SEGMENT, encoder.now)
            assert use is None or not use.listed
