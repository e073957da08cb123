"""Whose fault a failure is, and what to do about it."""

from dataclasses import dataclass, replace

from proxy.diagnosis.stream_facts import StreamFacts


@dataclass(frozen=True, slots=True)
class Cause:
    """Whose fault a failure is, and what to do."""

    whose: str
    advice: str
    """May hold {settings}, {host}, {doubts} and {shown}, which `about` fills from the
    facts."""

    def about(self, facts: StreamFacts) -> "Cause":
        """Return the same cause with the placeholders filled for one stream."""
        advice = self.advice.format(
            settings=facts.settings,
            host=f"`{facts.host}`" if facts.host else "with the provider",
            doubts=facts.doubts(),
            shown=facts.shown,
        )
        return replace(self, advice=advice)
