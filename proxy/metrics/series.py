"""What all numbers share."""

NAMESPACE = "hls_auth_proxy"
"""What every name begins with."""

# From a token signed in place to a player's patience, 8 to 10 s to the first byte,
# and a token service's last timeout.
SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper bounds of the buckets of a time."""
