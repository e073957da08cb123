"""A stream overrides the defaults of its provider."""

import pytest

from proxy.settings.providers import completed, known, provider


def test_the_packaged_providers_are_known() -> None:
    """By the names of their files."""
    assert {"cloudflare-stream", "fastpix", "generic"} < set(known())
    assert list(known()) == sorted(known())


def test_a_provider_is_split_into_stream_and_token() -> None:
    """The keys of the stream, and those of the token."""
    fastpix = provider("fastpix")
    assert fastpix.name == "fastpix"
    assert fastpix.description.startswith("FastPix")
    assert "sources" not in fastpix.stream
    assert fastpix.sources["sign-jwt"]["algorithm"] == "RS256"


def test_a_stream_overrides_its_provider() -> None:
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
    """Also for an unknown source, which validation reports."""
    token = {"source": source}
    stream = completed({"provider": "fastpix", "token": token})
    assert isinstance(stream, dict)
    assert stream["token"] == token


@pytest.mark.parametrize(
    "stream", ["text", 3, {"provider": "../fastpix"}, {"provider": ["fastpix"]}]
)
def test_an_unknown_provider_completes_nothing(stream: object) -> None:
    """No path is made from an unknown name."""
    assert completed(stream) is stream


def test_completing_changes_neither_side() -> None:
    """Two streams of one provider share nothing."""
    stream = {"provider": "fastpix", "volatile": {"query": []}}
    completed(stream)
    assert stream == {"provider": "fastpix", "volatile": {"query": []}}
