"""The ids in local names."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.ids import name_id, name_ids


def test_the_id_is_a_fixed_hash() -> None:
    """Other processes, releases and replicas must find the same name."""
    assert name_id("https://cdn.example/live/ch1/seg1.ts?a=1") == "gi3jd6lnnqeq"
    assert len({name_id(f"https://h/{n}/media.ts") for n in range(40_000)}) == 40_000


@given(st.lists(st.text(st.characters(codec="ascii")), max_size=40))
def test_many_ids_at_once_equal_single_ones(texts: list[str]) -> None:
    """For any number of them."""
    assert name_ids(texts) == [name_id(text) for text in texts]
