"""What all metrics share."""

NAMESPACE = "hls_auth_proxy"
"""The prefix of every metric's name."""

# From a token that we sign ourselves, over the 8 to 10 s that players wait for the
# first byte, to the longest timeout of a token service.
SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper bounds of the buckets of all histograms, in seconds."""
