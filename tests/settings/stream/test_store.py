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
