"""What a worker has in common with the others."""

import pytest

from proxy.clock import SystemClock
from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run
from proxy.core.hls.window import Window
from proxy.store.content import Content
from proxy.store.key import Key
from proxy.store.port import Head
from proxy.system import files
from proxy.workers.common_folder import common_folder
from proxy.workers.commons import commons_of

TEXT = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:6,\nseg7.ts\n"


@pytest.mark.skipif(files.memory_folder() is None, reason="no folder in memory")
def test_workers_have_media_and_runs_in_common() -> None:
    """If they have the same configuration."""
    generations = {1: 1, 2: 1, 3: 2}
    with common_folder(1, len(generations)) as folder:
        assert folder is not None
        made = {
            worker: commons_of(
                folder,
                worker,
                lambda _, worker=worker: generations[worker],  # type: ignore[misc]
                clock=SystemClock(),
            )
            for worker in generations
        }
        assert {each.workers for each in made.values()} == {3}
        key = Key("lobby", "main/seg7.ts", "https://a/seg7.ts", "run", 7)
        name = made[1].files.publish(key, Head(), Content.of(b"media"))
        assert name is not None
        assert made[2].files.find(key) is not None
        assert made[3].files.find(key) is None
        names = []
        for worker, commons in made.items():
            versions = [
                Version(Window(TEXT, 1), Moment(0, 0), target_seconds=6.0)
                for _ in range(2)
            ]
            run = Run(str(worker), versions=versions[:1])
            commons.agree("lobby")("main/index.m3u8", run, versions[1], True)  # noqa: FBT003
            names.append(run.name)
        assert names == ["1", "1", "3"]
