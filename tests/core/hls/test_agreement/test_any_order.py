"""Several processes look at a simulated encoder, and agree."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.core.hls.agreement import agree, decoded, encoded, part
from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run
from proxy.core.hls.playlist import Document, rewrite
from proxy.core.kind import Kind
from proxy.localise.listing import Resource
from proxy.localise.playlist_load import PlaylistLoad
from proxy.localise.uses import Agree, Use, Uses
from tests.encoder import Encoder, Style

DOCUMENT = Document("https://cdn.example/live/index.m3u8")
PLAYLIST = "720p/index.m3u8"

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
WORKERS = 3
STEPS = st.tuples(
    st.sampled_from(["", "", "", "go on", "stall", "end", *RESTARTS]),
    st.integers(0, 80),
    st.sampled_from(["whole", "whole", "whole", "delta", "unasked", ""]),
    st.integers(0, WORKERS - 1),
    st.sampled_from(["", "", "", "locked", "full", "gone"]),
)
Step = tuple[str | int, int, str, int, str]


@dataclass
class Commons:
    """The common runs, as bytes; sometimes they cannot be read or written."""

    kept: dict[str, bytes] = field(default_factory=dict)
    fault: str = ""
    names: "count[int]" = field(default_factory=count)

    def agree(self, playlist: str, run: Run, version: Version, new: bool) -> None:  # noqa: FBT001
        """Agree on the name of a run."""
        if self.fault == "locked":
            part(run, self._name)
            return
        kept = self.kept.get(playlist)
        common = None if kept is None else decoded(kept)
        changed = agree(common, run, version, new=new, new_name=self._name)
        if changed is None:
            return
        if self.fault == "full":
            part(run, self._name)
            return
        self.kept[playlist] = encoded(changed)

    def _name(self) -> str:
        return f"c{next(self.names)}"


def workers(agrees: Agree) -> list[Uses]:
    """Return what each of the workers knows about the names."""

    def names(worker: int) -> Callable[[], str]:
        numbers = count()
        return lambda: f"{worker}.{next(numbers)}"

    return [Uses(new_run=names(each), agree=agrees) for each in range(WORKERS)]


def load(encoder: Encoder, *, delta: bool = False) -> PlaylistLoad:
    """Return what a worker sees when it loads the playlist now."""
    body = encoder.playlist(delta=delta).encode()
    facts = rewrite(body, DOCUMENT, lambda _: None)
    at = Moment(encoder.now, encoder.now)
    return PlaylistLoad(facts, at, validators=str(encoder.written))


def use_of(uses: Uses, name: str, now: float) -> Use | None:
    """Return what a name means to a worker."""
    kind = Kind.MAP if name == "init.mp4" else Kind.SEGMENT
    resource = Resource("https://cdn.example/live/x", kind, PLAYLIST)
    return uses.use(f"720p/{name}", resource, now)


@settings(max_examples=400, deadline=None)
@given(STYLES, st.lists(STEPS, min_size=2, max_size=16))
def test_equal_uses_never_had_different_contents_in_any_worker(
    style: Style, steps: list[Step]
) -> None:
    """However the encoder is restarted, whoever looks at it, and whatever fails.

    The encoder does not do what `tests.localise.test_uses` excludes.
    """
    encoder, commons = Encoder(style), Commons()
    known = workers(commons.agree)
    contents: dict[tuple[str, str, int], int] = {}
    for action, halves, loaded, worker, fault in steps:
        if isinstance(action, int):
            encoder.restart(action if action >= 0 else max(encoder.end + action, 0))
        elif action == "end":
            encoder.ended = True
        elif action == "go on" and not encoder.ended:
            encoder.go_on()
        (encoder.stall if action == "stall" else encoder.run)(halves / 2)
        commons.fault = fault
        if fault == "gone":
            commons.kept.clear()
        if not loaded:
            continue
        uses = known[worker]
        uses.loaded(PLAYLIST, load(encoder, delta=loaded == "delta"))
        if loaded == "unasked":
            continue
        for name in encoder.names:
            use = use_of(uses, name, encoder.now)
            if use is None:
                assert loaded == "delta"
                continue
            content = encoder.files[name]
            assert contents.setdefault((name, *use[:2]), content) == content


HEALTHY = st.builds(
    Style,
    durations=st.lists(st.sampled_from([2.0, 4.0, 6.0]), min_size=1, max_size=3),
    window=st.sampled_from([3, 5, 8]),
    counted=st.booleans(),
    parts=st.sampled_from([0, 3]),
)


@settings(max_examples=100, deadline=None)
@given(
    HEALTHY,
    st.lists(
        st.tuples(
            st.integers(0, WORKERS - 1),
            st.integers(1, 8),
            st.integers(0, 1),
        ),
        min_size=20,
        max_size=40,
    ),
)
@example(Style(), [(0, 4, 0), (1, 4, 1)] * 10)
def test_workers_share_the_run_of_a_healthy_stream(
    style: Style, steps: list[tuple[int, int, int]]
) -> None:
    """Also if some loads come from a server that is a version behind."""
    encoder, commons = Encoder(style), Commons()
    known = workers(commons.agree)
    encoder.run(60)
    copies = deque([load(encoder)], maxlen=2)
    for worker, halves, behind in steps:
        encoder.run(halves / 2)
        copies.append(load(encoder))
        seen = copies[-1 - behind]
        run_of(
            known[worker], PlaylistLoad(seen.facts, Moment(encoder.now, encoder.now))
        )
    runs: list[str] = []
    for worker in [*range(WORKERS)] * 2:
        encoder.run(1)
        runs.append(run_of(known[worker], load(encoder)))
    assert len(set(runs[-WORKERS:])) == 1, runs


def run_of(uses: Uses, seen: PlaylistLoad) -> str:
    """Return the run of a worker after a load."""
    uses.loaded(PLAYLIST, seen)
    key = Resource("https://cdn.example/key", Kind.KEY, PLAYLIST)
    use = uses.use("common/key.bin", key, seen.at.mono)
    assert use is not None
    return use.run
