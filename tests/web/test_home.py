"""Tests of the page for people."""

import pytest

from proxy.streams.status import StreamStatus
from proxy.web.configuration import ConfigurationStatus
from proxy.web.home import home

BASE = "http://127.0.0.1:8080"


def page(*statuses: StreamStatus, base_url: str = BASE) -> str:
    """Return the page's text."""
    return home(statuses, base_url).body.decode()


def test_each_stream_is_listed_with_its_url() -> None:
    """The whole URL, to copy into a player."""
    text = page(StreamStatus("lobby"), StreamStatus("yard"))

    assert f"<code>{BASE}/lobby/index.m3u8</code>" in text
    assert f'href="{BASE}/yard/index.m3u8"' in text


def test_a_family_shows_its_form() -> None:
    """There is nothing to click without an id."""
    text = page(StreamStatus("fastpix", family=True, members=3))

    assert f"{BASE}/fastpix/{{id}}/index.m3u8" in text
    assert "3 in use" in text
    assert "href" not in text


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (StreamStatus("a"), "none needed"),
        (StreamStatus("a", token_usable=False), "not usable"),
        (StreamStatus("a", token_usable=False, token_cold=True), "<td>none while "),
        (StreamStatus("a", token_usable=True), "<td>usable<"),
        (
            StreamStatus("a", token_usable=True, token_seconds_left=59.9),
            "usable for 60 s",
        ),
        (StreamStatus("a", last_problem="refused"), "refused"),
    ],
)
def test_the_state_of_a_token_is_shown(status: StreamStatus, shown: str) -> None:
    """An operator sees a problem at a glance."""
    assert shown in page(status)


def test_everything_is_escaped() -> None:
    """Names are checked in the configuration, but the page does not rely on it."""
    text = page(StreamStatus("<b>", last_problem="<i>"), base_url='http://x/"&')

    assert "<b>" not in text
    assert "<i>" not in text
    assert "x/&quot;&amp;/" in text


def test_nothing_runs_and_nothing_leaks() -> None:
    """No scripts, and no page learns the URL, which may contain the access key."""
    headers = dict(home([], BASE).headers)

    assert "<script" not in page()
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_problems_of_the_configuration_are_shown() -> None:
    """And what waits for a restart; nothing if all is well."""
    status = ConfigurationStatus(
        1.5, "refused", ("a<b: c; want d",), ("server.listen",)
    )
    page = home([], "http://h", status).body.decode()
    assert "is refused" in page
    assert "<li>a&lt;b: c; want d" in page
    assert "<code>server.listen</code>" in page
    well = home([], "http://h", ConfigurationStatus(1.5)).body
    assert well == home([], "http://h").body
