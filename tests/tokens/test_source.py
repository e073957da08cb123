"""What a keeper needs from a source."""

from pathlib import Path

from proxy.secret_file import SecretFile
from proxy.tokens.source import Source, Watched
from proxy.tokens.sources.env import EnvSource
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.static import StaticSource
from tests.fake_clock import FakeClock


def test_only_sources_with_files_are_watched(clock: FakeClock) -> None:
    """The others cannot change while the program runs."""
    file: Source = FileSource(SecretFile(Path("token")), clock=clock)
    env: Source = EnvSource({"token": "TOKEN"}, environ={}, clock=clock)
    static: Source = StaticSource({"token": "t"}, clock=clock)
    assert [isinstance(each, Watched) for each in (file, env, static)] == [
        *(True, False, False)
    ]
