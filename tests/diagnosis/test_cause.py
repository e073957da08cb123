"""Whose fault a failure is, and advice."""

from proxy.diagnosis.cause import Cause
from proxy.diagnosis.stream_facts import StreamFacts


def test_advice_names_the_settings_of_the_stream() -> None:
    """As they are called in its table."""
    cause = Cause("the settings", "check {settings} or {host}; {shown}")
    facts = StreamFacts("lobby", address=("playback_id",), host="")
    assert cause.about(facts) == Cause(
        "the settings",
        "check `playback_id` or with the provider; "
        "`hls-auth-proxy token lobby` shows the token",
    )
