"""A provider's defaults lie under what the stream says."""

import pytest

from proxy.settings.providers import completed, known, provider


def test_the_packaged_providers_are_known() -> None:
    """By the names of their files."""
    assert {"cloudflare-stream", "fastpix", "generic"} < set(known())
    assert list(known()) == sorted(known())


def test_a_provider_is_read_in_parts() -> None:
    """The stream's keys apart from those of a token."""
    fastpix = provider("fastpix")
    assert fastpix.name == "fastpix"
    assert fastpix.description.startswith("FastPix")
    assert "sources" not in fastpix.stream
    assert fastpix.sources["sign-jwt"]["algorithm"] == "RS256"


def test_a_stream_goes_before_its_provider() -> None:
    """Tables merge key by key, lists are replaced as a whole."""
    assert completed(
        {
            "provider": "fastpix",
            "host": "media.example.com",
            "refused": [401],
            "volatile": {"query": ["t"]},
            "token": {
                "source": "sign-jwt",
                "lifetime": 60,
                "claims": {"sub": "workspace"},
            },
        }
    ) == {
        **provider("fastpix").stream,
        "provider": "fastpix",
        "host": "media.example.com",
        "refused": [401],
        "volatile": {**provider("fastpix").stream["volatile"], "query": ["t"]},
        "token": {
            **provider("fastpix").sources["sign-jwt"],
            "source": "sign-jwt",
            "lifetime": 60,
            "claims": {
                **provider("fastpix").sources["sign-jwt"]["claims"],
                "sub": "workspace",
            },
        },
    }


@pytest.mark.parametrize("source", ["static", "unheard-of", 3, None])
def test_a_source_without_defaults_gets_none(source: object) -> None:
    """Also if there is no such source: validation will tell."""
    token = {"source": source}
    stream = completed({"provider": "fastpix", "token": token})
    assert isinstance(stream, dict)
    assert stream["token"] == token


@pytest.mark.parametrize(
    "stream", ["text", 3, {"provider": "../fastpix"}, {"provider": ["fastpix"]}]
)
def test_what_cannot_be_completed_stays_as_it_is(stream: object) -> None:
    """No path is made of a name that is not known."""
    assert completed(stream) is stream


def test_completing_changes_neither_side() -> None:
    """Two streams of one provider share nothing."""
    stream = {"provider": "fastpix", "volatile": {"query": []}}
    completed(stream)
    assert stream == {"provider": "fastpix", "volatile": {"query": []}}
