"""Whose fault a failure is, and what to do about it."""

from proxy.diagnosis.cause import Cause
from proxy.diagnosis.stream_facts import StreamFacts


def test_an_advice_names_the_settings_of_the_stream() -> None:
    """What they are called in its table."""
    cause = Cause("the settings", "check {settings} or {host}; {shown}")
    facts = StreamFacts("lobby", address=("playback_id",), host="")
    assert cause.about(facts) == Cause(
        "the settings",
        "check `playback_id` or with the provider; "
        "`hls-auth-proxy token lobby` shows the token",
    )
