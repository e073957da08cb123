"""Which run of a live rendition several processes agree on.

The processes keep one common run for each playlist, to which each of them adds every
version that it examines. So the common run is what a single process would have that
loads the playlist that often, and decides by the same rules; see `runs`. A process uses
the name of the common run only for versions that are part of it. Whenever a version is
not, be it that it does not continue the common run, or that it could not be recorded,
the process gives its own run a new name, and has misses.
"""

import json
from collections.abc import Callable

from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run, counted_on, is_continued
from proxy.core.hls.window import Window

MOST_BYTES = 1024 * 1024
"""The longest playlist that processes agree on. It is written and read once per load,
which takes about as long as copying it a few times."""

# While a playlist is played, it is loaded about once per target duration.
_LEFT_TARGETS, _LEFT_SECONDS = 3.0, 10.0


def agree(
    common: Run | None,
    own: Run,
    version: Version,
    *,
    new: bool,
    new_name: Callable[[], str],
) -> Run | None:
    """Give a process's own run the name of the common one, if a version continues it.

    `version` is what was last added to the own run, as an object that nothing else
    refers to. `new` says whether the own run began with it. Returns the common run if
    it has changed. It must be recorded before another process reads it. If it cannot be
    recorded, call `part`.
    """
    if common is not None:
        before = common.last
        if is_continued(common, version):
            _join(common, own, version)
            return None if common.last is before else common
    part(own, new_name)
    if common is not None and not new and not _is_left(common, version):
        # This process may see the playlist from another server. If a run that goes on
        # replaced the common one, such processes would replace each other's in turn.
        return None
    window = version.window
    window.discontinuities = counted_on(own.last.window, window)
    own.agreed = True
    return Run(own.name, versions=[version])


def part(own: Run, new_name: Callable[[], str]) -> None:
    """Give a process's own run a name that no other process uses."""
    if own.agreed:
        own.name, own.agreed = new_name(), False


def encoded(run: Run) -> bytes:
    """Return a common run as bytes."""
    last, window = run.last, run.last.window
    told = {
        "name": run.name,
        "ahead": run.ahead,
        "most_ahead": run.most_ahead,
        "at": last.at,
        "target_seconds": last.target_seconds,
        "ended": last.ended,
        "partial": last.partial,
        "source": last.source,
        "validators": last.validators,
        "segments": window.end - window.first,
        "discontinuities": window.discontinuities,
    }
    return json.dumps(told).encode() + b"\n" + window.text


def decoded(data: bytes) -> Run:
    """Return the common run from its bytes; raise ValueError if they are others."""
    told, _, text = data.partition(b"\n")
    try:
        said = json.loads(told)
        window = Window(text, said["segments"])
        window.discontinuities = said["discontinuities"]
        version = Version(
            window,
            Moment(*said["at"]),
            target_seconds=said["target_seconds"],
            ended=said["ended"],
            partial=said["partial"],
            source=said["source"],
            validators=said["validators"],
        )
        run = Run(said["name"], versions=[version])
        run.ahead, run.most_ahead = said["ahead"], said["most_ahead"]
    except (KeyError, TypeError) as exc:
        raise ValueError("this is no common run") from exc
    return run


def _join(common: Run, own: Run, version: Version) -> None:
    """Let a run count discontinuities as the common one does, and take its name."""
    counted = counted_on(common.last.window, version.window)
    shift = counted - counted_on(own.last.window, version.window)
    if shift:
        for each in own.versions:
            each.window.discontinuities += shift
    own.name, own.agreed = common.name, True


def _is_left(common: Run, version: Version) -> bool:
    """Return whether no process has added to the common run recently."""
    most = max(_LEFT_TARGETS * version.target_seconds, _LEFT_SECONDS)
    return version.at.since(common.last.at) > most
