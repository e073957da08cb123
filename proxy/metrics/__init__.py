"""The numbers of the program, for Prometheus.

    numbers   what can be counted, and how it is rendered
    answers   the answers to players
    tally     numbers with labels
    times     lengths of time
    streams   the state of the streams, read when somebody asks
    series    what all share: the first part of each name, the buckets of times

Labels are configured names and fixed words. Never a URL, an id, a name out of a
playlist or an address: they would leak, and each would be a series of its own.
"""

from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

from proxy.metrics.numbers import Metrics

__all__ = ["CONTENT_TYPE", "Metrics"]
