"""A worker gets its tokens from the parent; also without a parent."""

import asyncio

import pytest

from proxy.app.lifetime import Lifetime
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.events.refresh import Outcome, Refresh
from proxy.workers.channel import ChannelClosedError
from proxy.workers.distant_tokens import DistantTokens
from proxy.workers.message_bodies import MessageBody, shown
from tests.workers.channels import end, joined, until


class Parent:
    """Answers as the test says, and records messages."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, MessageBody]] = []
        self.asked: list[tuple[str, MessageBody]] = []
        self.attempt = 1
        self.made = True

    async def answer(self, kind: str, body: MessageBody) -> MessageBody:
        """Answer a request."""
        self.asked.append((kind, body))
        return {
            "attempt": self.attempt,
            "token": shown(Token({"token": f"t{self.attempt}"})),
            "error": None,
            "skew": 2.5,
            "made": self.made,
            "paid": ["sent"],
        }

    def hear(self, kind: str, body: MessageBody) -> None:
        """Record a message."""
        self.heard.append((kind, body))


async def test_a_request_says_what_the_worker_knows() -> None:
    """So the parent knows whether another attempt is needed."""
    parent = Parent()
    child = end()
    async with joined(end(parent.answer, parent.hear), child):
        tokens, user, skews = DistantTokens(child), Lifetime(), list[float]()
        tokens.epoch = 3
        issued = tokens.issued("all/m", "https://id", user)
        source = issued.source
        source.measured = skews.append  # type: ignore[attr-defined]
        assert (await source.fetch()).fields == {"token": "t1"}
        parent.attempt = 4
        assert (await source.fetch()).fields == {"token": "t4"}
        assert [body["known"] for _, body in parent.asked] == [0, 1]
        assert skews == [2.5, 2.5]
        assert source.paid == {"sent"}  # type: ignore[attr-defined]
        await user.end()
        await until(lambda: len(parent.heard) == 2)
        assert parent.heard == [
            ("open", {"number": 1, "epoch": 3, "local": "all/m"}),
            ("close", {"number": 1}),
        ]
        tokens.news({"number": 1, "attempt": 9, "changed": True, "paid": []})


async def test_turns_belong_to_the_parent() -> None:
    """Here a player takes none; all streams of a service learn when it has answered."""
    parent = Parent()
    child = end()
    async with joined(end(parent.answer, parent.hear), child):
        tokens = DistantTokens(child)
        one, two, three = (
            tokens.issued(name, service, Lifetime()).queue
            for name, service in [("a", "x"), ("b", "x"), ("c", "y")]
        )
        await one.first()
        assert parent.asked == []
        await one.in_line()
        assert [kind for kind, _ in parent.asked] == ["line"]
        one.ended = True
        one.end()
        assert (two.ended, three.ended) == (True, False)
        await until(lambda: ("back", {"number": 1}) in parent.heard)


@pytest.mark.parametrize(
    ("attempt", "changed", "news"),
    [(1, False, False), (2, False, True), (0, True, True), (0, False, False)],
)
async def test_only_unknown_results_are_news(
    attempt: int,
    changed: bool,  # noqa: FBT001 - a column of the table
    news: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Otherwise it would request what it just got."""
    parent = Parent()
    child = end()
    async with joined(end(parent.answer, parent.hear), child):
        tokens = DistantTokens(child)
        source = tokens.issued("a", "x", Lifetime()).source
        await source.fetch()
        before = source.fingerprint()  # type: ignore[attr-defined]
        body = {"attempt": attempt, "changed": changed, "paid": ["later"]}
        tokens.news({"number": 1, **body})
        assert (source.fingerprint() != before) is news  # type: ignore[attr-defined]
        assert source.paid == {"later"}  # type: ignore[attr-defined]


async def test_news_wait_for_a_running_request() -> None:
    """Otherwise the worker would ask again right after it."""
    parent = Parent()
    child = end()
    async with joined(end(parent.answer, parent.hear), child):
        tokens = DistantTokens(child)
        source = tokens.issued("a", "x", Lifetime()).source
        await source.fetch()
        before = source.fingerprint()  # type: ignore[attr-defined]
        parent.attempt = 2
        asking = asyncio.create_task(source.fetch())
        await asyncio.sleep(0)
        tokens.news({"number": 1, "attempt": 2, "changed": False, "paid": []})
        await asking
        tokens.news({"number": 1, "attempt": 2, "changed": False, "paid": []})
        assert source.fingerprint() == before  # type: ignore[attr-defined]


async def test_attempts_of_other_workers_are_marked() -> None:
    """Refusals by the upstream are each worker's own."""
    parent, reports = Parent(), list[Refresh]()
    child = end()
    async with joined(end(parent.answer, parent.hear), child):
        issued = DistantTokens(child).issued("a", "x", Lifetime())
        report = issued.heard(reports.append)
        for made in (True, False):
            parent.made = made
            await issued.source.fetch()
            for outcome in (Outcome.REFRESHED, Outcome.FAILED, Outcome.REJECTED):
                report(Refresh("a", outcome, generation=1))
    assert [each.elsewhere for each in reports] == [False] * 3 + [True, True, False]


async def test_without_a_parent_there_is_no_new_token() -> None:
    """It is reported as a failure of the source; waiting in the queue ends."""
    parent = Parent()
    child = end()
    async with joined(end(parent.answer, parent.hear), child):
        issued = DistantTokens(child).issued("a", "x", Lifetime())
    with pytest.raises(SourceError, match="the other process has ended"):
        await issued.source.fetch()
    await issued.queue.in_line()
    issued.queue.end()
    with pytest.raises(ChannelClosedError):
        await child.ask("metrics")
