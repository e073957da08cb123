"""The fuzzer's targets hold for its seeds, and for everything that it ever found."""

import pytest
from hypothesis import given, settings

from tests.fuzz.expensive import MOST_SECONDS, SEARCHES, SIZES, Search, most_expensive
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, resolving, rewriting
from tests.playlists import bodies, lines_of, raw_lines, web, words


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_holds_for_its_seeds(target: str) -> None:
    """So that a search begins with meaningful inputs."""
    inputs = seeds(target)
    assert inputs
    for one in inputs:
        TARGETS[target](one)


@given(bodies(lines_of(words | web) | raw_lines))
@settings(deadline=None)
def test_p1_a_local_playlist_is_not_changed_again(body: bytes) -> None:
    """Every reference that was understood is local, and reads the same twice."""
    rewriting(body)


@given(web | words, web | words)
@settings(deadline=None)
def test_a_resolved_reference_resolves_to_itself(base: str, reference: str) -> None:
    """Against any base; it has a name for every kind."""
    resolving(base.encode() + b"\n" + reference.encode())


@pytest.mark.parametrize("search", SEARCHES, ids=lambda one: one[0].__name__)
def test_no_small_input_is_slow(search: Search) -> None:
    """A short search; `make fuzz` has a longer one, with larger inputs too."""
    took, body = most_expensive(search, SIZES[0], examples=25)
    assert body
    assert took < MOST_SECONDS


FOUND = [
    ("documents", b'{"PATHWAY-CLONES":[],"X":"\\ud800"}'),
    ("documents", b'{"TTL":1e999}'),
    ("documents", b'{"TTL":NaN}'),
]


@pytest.mark.parametrize(("target", "found"), FOUND)
def test_found_inputs_are_fixed(target: str, found: bytes) -> None:
    """Inputs that once broke a target."""
    TARGETS[target](found)
