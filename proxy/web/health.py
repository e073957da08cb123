"""The program's pages for machines: probes, metrics, state."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from proxy.metrics import CONTENT_TYPE
from proxy.streams.status import StreamStatus
from proxy.web.all_workers import WholeStatus
from proxy.web.configuration import ConfigurationStatus
from proxy.web.reply import WholeReply, refusal

_FRESH = ("Cache-Control", "no-store")
_TEXT = (_FRESH, ("Content-Type", "text/plain"))


def live() -> WholeReply:
    """Report that the program runs, whatever the state of its token services."""
    return WholeReply(200, _TEXT, body=b"live\n")


def ready(statuses: Iterable[StreamStatus], *, draining: bool) -> WholeReply:
    """Report whether every configured stream can be played now.

    A stream with a cold token counts as playable: its next player waits for a token.
    Families do not count, because their members come and go.
    """
    if draining:
        return refusal(503, "shutting down")
    for status in statuses:
        excused = status.family or status.token_cold
        if status.token_usable is False and not excused:
            return refusal(503, "a stream has no usable token")
    return WholeReply(200, _TEXT, body=b"ready\n")


def state(
    whole: WholeStatus, configuration: ConfigurationStatus | None = None
) -> WholeReply:
    """Return the state of the streams, the configuration and the store as JSON."""
    told: dict[str, object] = {"streams": [asdict(status) for status in whole.streams]}
    if whole.workers:
        told["workers"] = [asdict(worker) for worker in whole.workers]
    if configuration is not None:
        told["configuration"] = asdict(configuration)
    if whole.store is not None:
        told["store"] = asdict(whole.store)
    text = json.dumps(told, indent=2, allow_nan=False) + "\n"
    return WholeReply(
        200, (_FRESH, ("Content-Type", "application/json")), body=text.encode()
    )


def numbers(text: bytes) -> WholeReply:
    """Return metrics in the text format of Prometheus."""
    return WholeReply(200, (_FRESH, ("Content-Type", CONTENT_TYPE)), body=text)
