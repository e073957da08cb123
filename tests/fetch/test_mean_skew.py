"""How far the clock of a stream's upstream is ahead of ours, on average."""

from proxy.events.upstream import ClockSkew
from proxy.fetch.mean_skew import MeanSkew


def test_a_measurement_moves_the_mean_partly() -> None:
    """The first one is the mean; a single slow answer later changes it little."""
    told = list[ClockSkew]()
    mean = MeanSkew("lobby", told.append)
    mean.measured(0.0)
    mean.measured(100.0)
    assert told == [ClockSkew("lobby", 0.0), ClockSkew("lobby", 20.0)]
