"""Whether the media of a stream is kept."""

from proxy.settings.stream.store import StreamStoreSettings
from tests.settings.told import told


def test_media_is_kept_as_the_upstream_says() -> None:
    """Out of the box."""
    settings = StreamStoreSettings()
    assert (settings.keep, settings.trust) == (True, "headers")


def test_who_is_trusted_is_one_of_two() -> None:
    """Anything else is refused, with what is expected."""
    (line,) = told(StreamStoreSettings, {"trust": "nobody"})
    assert line.startswith("trust: ")
    assert "headers" in line
    assert "playlist" in line


def test_how_much_is_fetched_ahead_is_no_negative_number() -> None:
    """0 is: nothing. The usual number depends on the stream."""
    assert StreamStoreSettings().ahead is None
    assert StreamStoreSettings(ahead=0, ahead_bytes=0).ahead == 0
    lines = told(StreamStoreSettings, {"ahead": -1, "ahead_bytes": "many"})
    assert [line.partition(":")[0] for line in lines] == ["ahead", "ahead_bytes"]
