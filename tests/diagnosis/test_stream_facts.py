"""The settings of a stream that advice depends on."""

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
def test_the_setting_that_allows_an_origin_is_named(
    facts: StreamFacts, lines: list[str]
) -> None:
    """As it would be in the file, with its current values."""
    first, *rest = cure_of(forbidden("https://cdn.test:8443"), facts)
    assert first == "if this origin belongs to the stream, allow it:"
    assert rest == lines


@pytest.mark.parametrize("origin", ["", "skd://key", "ftp://host", "data:"])
def test_other_addresses_cannot_be_allowed(origin: str) -> None:
    """No setting would help."""
    assert cure_of(forbidden(origin), StreamFacts("a", frozenset(), spreads=True)) == ()


def test_a_login_page_is_considered() -> None:
    """Most redirects to another host lead to one."""
    error = forbidden("https://sso.test", errors.RedirectRefusedError("x"))
    *_, last = cure_of(error, StreamFacts("a"))
    assert "login page" in last


def test_the_settings_that_make_the_url_are_named() -> None:
    """As they are written in the file, one after the other."""
    facts = StreamFacts("a", address=("host", "playback_id", "zone"))
    assert facts.settings == "`host`, `playback_id` and `zone`"
    assert StreamFacts("a").settings == "`url`"
