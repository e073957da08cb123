"""Which signed URLs are accepted."""

import random
from urllib.parse import quote, unquote

import pytest

from proxy.demo.record import Refusal
from proxy.demo.signing import Signer, programme

NOW = 1_800_000_000.0


@pytest.fixture
def signer() -> Signer:
    """Return a signer for 8 seconds."""
    rng = random.Random(1)  # noqa: S311 -- repeatable on purpose
    return Signer(b"secret", seconds=8.0, rng=rng)


def child(signer: Signer) -> tuple[str, str]:
    """Sign a child; return its path and query."""
    url = signer.sign(f"/{signer.blob('demo')}/video/1.m4s", "cloudflare", now=NOW)
    path, _, query = url.partition("?")
    return path, query


def test_a_blob_is_long_new_and_percent_encoded(signer: Signer) -> None:
    """Like those of FastPix: at least 64 characters, some of them escaped."""
    blob, other = signer.blob("demo"), signer.blob("demo")

    assert blob != other
    assert len(blob) >= 64
    assert "%2B" in blob
    assert "%2F" in blob
    assert programme(blob) == programme(other) == "demo"


def test_a_signature_is_percent_encoded(signer: Signer) -> None:
    """It always contains an encoded slash and an encoded equals sign."""
    _, query = child(signer)

    assert query.startswith("cdn=cloudflare&expires=1800000008&signature=%2F")
    assert query.endswith("%3D")


@pytest.mark.parametrize(
    ("after", "refusal"), [(0, None), (7.9, None), (8, Refusal.EXPIRED_CHILD)]
)
def test_a_child_is_valid_until_it_expires(
    signer: Signer, after: float, refusal: Refusal | None
) -> None:
    """And not longer."""
    assert refusal == signer.check(*child(signer), now=NOW + after)


def test_parameters_after_the_signature_do_not_count(signer: Signer) -> None:
    """A player may add its own (CMCD)."""
    path, query = child(signer)

    assert signer.check(path, f"{query}&CMCD=bl%3D1", now=NOW) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path, query: (path.replace("1.m4s", "2.m4s"), query),
        lambda path, query: (unquote(path), query),
        lambda path, query: (quote(path), query),
        lambda path, query: (path.replace("%2B", "%2b"), query),
        lambda path, query: (f"{path}\udcff", query),
        lambda path, query: (path, unquote(query)),
        lambda path, query: (path, query.replace("1800000008", "1900000008")),
        lambda path, query: (path, query.replace("cloudflare", "other")),
        lambda path, query: (path, query.replace("%2F", "%2f")),
        lambda path, _: (path, ""),
        lambda path, query: (path, query.rpartition("&")[0]),
        lambda path, query: (path, "&".join(reversed(query.split("&")))),
        lambda path, query: (path, f"token=x&{query}"),
    ],
)
def test_any_change_makes_a_signature_invalid(signer: Signer, spoil: object) -> None:
    """Path and query are compared byte for byte."""
    assert callable(spoil)

    assert signer.check(*spoil(*child(signer)), now=NOW) is Refusal.FORGED_CHILD


@pytest.mark.parametrize("blob", ["", "x", "%%", "AAAA", "ü", "%FF", "A" * 64 + "////"])
def test_an_invalid_blob_is_unknown(blob: str) -> None:
    """Garbage in the path raises nothing."""
    assert programme(blob) == ""
