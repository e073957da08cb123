"""Adds up the state of streams that several processes serve."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TypeVar

from proxy.sharing.store_counts import StoreCounts, StoreUse
from proxy.streams.status import StoreStatus, StreamStatus
from proxy.workers.message_bodies import MessageBody

T = TypeVar("T", int, float)


def status_body(status: StreamStatus) -> MessageBody:
    """Return the state of a stream as a body."""
    return asdict(status)


def status_of(body: MessageBody) -> StreamStatus:
    """Return the state of a stream from a body."""
    use = body.get("store")
    return StreamStatus(**{**body, "store": StoreUse(**use) if use else None})


def stored(parts: Iterable[MessageBody | None]) -> StoreStatus | None:
    """Return the total of all stores; None if no process has a store."""
    held = [StoreStatus(**part) for part in parts if part]
    if not held:
        return None
    return StoreStatus(
        bytes=sum(each.bytes for each in held),
        budget_bytes=sum(each.budget_bytes for each in held),
        entries=sum(each.entries for each in held),
        evictions=sum(each.evictions for each in held),
        shared=all(each.shared for each in held),
    )


def together(parts: Iterable[Sequence[MessageBody]]) -> list[StreamStatus]:
    """Return one state for each stream, combined from all processes.

    The state of a token is the worst that any player may get. Processes that no longer
    play a stream are ignored for its token, unless no process plays it.
    """
    found: dict[str, list[StreamStatus]] = {}
    for part in parts:
        for body in part:
            status = status_of(body)
            found.setdefault(status.name, []).append(status)
    return list(map(_one, found.values()))


def _one(states: list[StreamStatus]) -> StreamStatus:
    warm = [each for each in states if not each.token_cold] or states
    usable = [each.token_usable for each in warm if each.token_usable is not None]
    uses = [each.store for each in states if each.store is not None]
    return StreamStatus(
        states[0].name,
        family=states[0].family,
        members=_most(states, lambda each: each.members),
        token_seconds_left=min(
            (
                each.token_seconds_left
                for each in warm
                if each.token_seconds_left is not None
            ),
            default=None,
        ),
        token_usable=all(usable) if usable else None,
        token_cold=all(each.token_cold for each in states),
        renditions=_most(states, lambda each: each.renditions),
        names=_most(states, lambda each: each.names),
        last_problem=next(filter(None, (each.last_problem for each in states)), None),
        store=StoreCounts.of(uses).use() if uses else None,
    )


def _most(states: list[StreamStatus], of: Callable[[StreamStatus], int]) -> int:
    return max(map(of, states))
