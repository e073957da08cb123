"""The pages of a program that is several processes."""

import json
from collections.abc import Sequence

import pytest

from proxy.streams.replies import StreamStatus
from proxy.web.whole import WholeStatus, WorkerStatus
from tests.web.fakes import app, ask, served

WORKERS = (WorkerStatus(1, 100), WorkerStatus(2, 101, replaced=3))


class Others:
    """Adds up what all processes report, unless it is gone."""

    def __init__(self, streams: Sequence[StreamStatus] | None) -> None:
        self.streams = streams

    async def metrics(self) -> bytes | None:
        """Return all metrics."""
        return None if self.streams is None else b"all 1.0\n"

    async def status(self) -> WholeStatus | None:
        """Return the state of all."""
        return None if self.streams is None else WholeStatus(self.streams, WORKERS)


@pytest.mark.parametrize("path", ["/metrics", "/status.json", "/"])
async def test_each_page_shows_the_whole(path: str) -> None:
    """Whichever process answers."""
    whole = Others([StreamStatus("everywhere", token_usable=True)])
    one = app()
    one.whole = whole
    async with served(one) as port:
        body = (await ask(port, path)).body
    assert (b"all 1.0\n" if path == "/metrics" else b"everywhere") in body


async def test_the_state_tells_of_each_process() -> None:
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
async def test_without_the_others_it_tells_of_itself(
    path: str,
    alone: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A page is never missing, and never waits for who is gone."""
    one = app()
    one.whole = None if alone else Others(None)
    async with served(one) as port:
        answer = await ask(port, path)
    assert answer.status == 200
    assert b"workers" not in answer.body or path == "/metrics"


async def test_readiness_is_that_of_the_process_that_is_asked() -> None:
    """It says whether this one can play; another one would be asked again."""
    one = app()
    one.whole = Others([StreamStatus("lost", token_usable=False)])
    async with served(one) as port:
        assert (await ask(port, "/readyz")).status == 200
