"""The program's metrics, for Prometheus.

    numbers   all metrics of the program, and how they are rendered
    answers   the answers to players
    exchanges  the requests sent upstream
    refreshes  the attempts to get tokens, and the clocks
    program   the program itself: its configuration, processes and tasks
    tally     counters and gauges with labels
    times     histograms of durations
    streams   the state of the streams, read when metrics are requested
    sums      adds up the metrics of several processes
    store     what the store holds and has done, read when metrics are requested
    series    what all metrics share: the prefix of names, the buckets of durations

Labels are configured names and fixed words. Never a URL, an id, a name from a playlist
or an address: these would leak, and each would create a series of its own.
"""

from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

from proxy.metrics.numbers import Metrics

__all__ = ["CONTENT_TYPE", "Metrics"]
