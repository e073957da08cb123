"""Most sources give a token with one field and have no placeholders."""

from proxy.settings.sources.base import TokenSource


def test_a_source_has_one_field_and_no_placeholders() -> None:
    """Filling such a source changes nothing."""
    source = TokenSource()
    assert source.field_names() == {"token"}
    assert not source.holes()
    assert source.filled({"id": "x"}) is source
