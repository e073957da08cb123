"""What requests to token services have in common."""

import pytest

from proxy.settings.sources.service_url import ServiceUrl, url_mistake
from proxy.settings.values.table import Table
from tests.settings.told import told


class Asks(Table):
    """A table with the URL of a service."""

    url: ServiceUrl


def test_a_url_must_not_contain_a_user() -> None:
    """It would be a visible secret."""
    (line,) = told(Asks, {"url": "https://me:canary@h/"})
    assert (
        line
        == "url: has a user before the host; expected a URL without user and password"
    )


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://h/{id}?k={secret}", None),
        ("https://{secret}.h/", "has {secret} in its host"),
        ("https://{id}.h/", "has {id} in its host"),
        ("h/token", "is not a URL"),
        ("https://h/{other}", "has characters that a URL may not have"),
    ],
)
def test_neither_a_player_nor_a_secret_determines_the_host(
    url: str, found: str | None
) -> None:
    """Other placeholders are filled for each request."""
    mistake = url_mistake(url, frozenset({"secret"}), "url")
    assert (mistake and mistake.found) == found
    assert mistake is None or mistake.key == ("url",)
