"""Builds what a worker has in common with the others, from the common folder."""

from collections.abc import Callable

from proxy.app.commons import Commons
from proxy.clock import Clock
from proxy.store.shared_files import SharedFiles
from proxy.workers.agreed_runs import AgreedRuns
from proxy.workers.common_folder import CommonFolder


def commons_of(
    folder: CommonFolder,
    worker: int,
    generation_of: Callable[[str], int],
    *,
    clock: Clock,
) -> Commons:
    """Return what a worker has in common with the others.

    `generation_of` returns which configuration a stream has, by its local path.
    """
    own, others = folder.of(worker), folder.others(worker)
    files = SharedFiles(own, others, turns=folder.turns, generation_of=generation_of)
    runs = AgreedRuns(folder.runs, worker, generation_of=generation_of, wall=clock.wall)
    return Commons(files, runs.of, folder.workers)
