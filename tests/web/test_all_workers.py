"""The pages of a program with several processes."""

import json
from collections.abc import Sequence

import pytest

from proxy.streams.status import StreamStatus
from proxy.web.all_workers import WholeStatus, WorkerStatus
from tests.web.fakes import app, ask, served

WORKERS = (WorkerStatus(1, 100), WorkerStatus(2, 101, replaced=3))


class Others:
    """Adds up the reports of all processes, unless it is gone."""

    def __init__(self, streams: Sequence[StreamStatus] | None) -> None:
        self.streams = streams

    async def metrics(self) -> bytes | None:
        """Return all metrics."""
        return None if self.streams is None else b"all 1.0\n"

    async def status(self) -> WholeStatus | None:
        """Return the state of all."""
        return None if self.streams is None else WholeStatus(self.streams, WORKERS)


@pytest.mark.parametrize("path", ["/metrics", "/status.json", "/"])
async def test_each_page_shows_all_processes(path: str) -> None:
    """Whichever process answers."""
    whole = Others([StreamStatus("everywhere", token_usable=True)])
    one = app()
    one.whole = whole
    async with served(one) as port:
        body = (await ask(port, path)).body
    assert (b"all 1.0\n" if path == "/metrics" else b"everywhere") in body


async def test_the_state_lists_each_process() -> None:
    """By its number, with its id, and how often it died."""
    one = app()
    one.whole = Others([])
    async with served(one) as port:
        told = json.loads((await ask(port, "/status.json")).body)
    assert told["workers"] == [
        {"number": 1, "process": 100, "replaced": 0},
        {"number": 2, "process": 101, "replaced": 3},
    ]


@pytest.mark.parametrize("path", ["/metrics", "/status.json", "/"])
@pytest.mark.parametrize("alone", [True, False])
async def test_without_the_others_a_process_shows_itself(
    path: str,
    alone: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A page always exists, and never waits for a process that is gone."""
    one = app()
    one.whole = None if alone else Others(None)
    async with served(one) as port:
        answer = await ask(port, path)
    assert answer.status == 200
    assert b"workers" not in answer.body or path == "/metrics"


async def test_readiness_is_only_about_the_process_itself() -> None:
    """It says whether this process can play."""
    one = app()
    one.whole = Others([StreamStatus("lost", token_usable=False)])
    async with served(one) as port:
        assert (await ask(port, "/readyz")).status == 200
