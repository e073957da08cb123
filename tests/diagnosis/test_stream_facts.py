"""What the settings of a stream say, as far as advice depends on it."""

import pytest

from proxy import errors
from proxy.diagnosis.stream_facts import StreamFacts, cure_of


def forbidden(
    origin: str, error: errors.HlsAuthProxyError | None = None
) -> errors.HlsAuthProxyError:
    """Return an error for which this origin is to blame."""
    found = error or errors.NameUnknownError("x")
    found.forbidden = origin
    return found


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        (
            StreamFacts("lobby", frozenset(), spreads=False),
            ["    [streams.lobby]", '    origins = ["https://cdn.test:8443"]'],
        ),
        (
            StreamFacts("a.b", frozenset({"https://b.test"}), spreads=False),
            [
                '    [streams."a.b"]',
                '    origins = ["https://b.test", "https://cdn.test:8443"]',
            ],
        ),
        (
            StreamFacts("lobby", frozenset(), spreads=True),
            [
                "    [streams.lobby]",
                '    origins = ["https://cdn.test:8443"]',
                "in reach_origins instead, if it needs the token as well",
            ],
        ),
    ],
)
def test_the_setting_that_allows_an_origin_is_told(
    facts: StreamFacts, lines: list[str]
) -> None:
    """As it would stand in the file, with what stands there already."""
    first, *rest = cure_of(forbidden("https://cdn.test:8443"), facts)
    assert first == "if this origin belongs to the stream, allow it:"
    assert rest == lines


@pytest.mark.parametrize("origin", ["", "skd://key", "ftp://host", "data:"])
def test_what_is_no_web_address_cannot_be_allowed(origin: str) -> None:
    """No setting would help."""
    assert cure_of(forbidden(origin), StreamFacts("a", frozenset(), spreads=True)) == ()


def test_a_page_to_log_in_is_thought_of() -> None:
    """It is where most redirects to somewhere else lead."""
    error = forbidden("https://sso.test", errors.RedirectRefusedError("x"))
    *_, last = cure_of(error, StreamFacts("a"))
    assert "login page" in last


def test_what_makes_the_url_is_named_as_it_is_written() -> None:
    """In the file, one after the other."""
    facts = StreamFacts("a", address=("host", "playback_id", "zone"))
    assert facts.settings == "`host`, `playback_id` and `zone`"
    assert StreamFacts("a").settings == "`url`"
