"""The text that Prometheus reads, beside what its own library makes of it."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from proxy.metrics import text

VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r"))


@given(VALUES, st.floats(allow_nan=False))
def test_a_label_and_a_value_are_read_as_they_were_written(
    label: str, value: float
) -> None:
    """Whatever stands in them."""
    written = text.head("m", "gauge", "About") + text.lines(
        [(text.series("m", {"b": "x", "a": label}), value)]
    )
    (family,) = text_string_to_metric_families(written)
    (sample,) = family.samples
    assert (family.type, family.documentation) == ("gauge", "About")
    assert (sample.labels, sample.value) == ({"a": label, "b": "x"}, value)


def test_a_series_without_labels_is_its_name() -> None:
    """As the library has it."""
    assert text.lines([(text.series("m", {}), 2), ("n", 0.5)]) == "m 2.0\nn 0.5\n"
