"""The ids in local names: hashes of canonical URLs, one by one or many at once."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import product

# 60 bits: 40,000 names that share a stem collide with a probability of 7e-10. Three
# characters of base32 (RFC 4648) at a time: a long playlist has tens of thousands.
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_TRIPLES = list(map("".join, product(_BASE32, repeat=3)))
_ALPHABET = _BASE32.encode().ljust(256, b"\0")
_ID_LENGTH = 12
# In front of eight bytes these make room for twelve.
_LANE = bytes(_ID_LENGTH - 8)


def _mask(first: int, width: int, every: int) -> bytes:
    """Return the lane of an id with so many bits set, from the first one in each."""
    ones = ((1 << width) - 1) << first
    lane = sum(ones << at for at in range(0, 8 * _ID_LENGTH, every))
    return lane.to_bytes(_ID_LENGTH)


# How far the second part moves (a third one twice as far), and masks of the parts:
# 60 bits in halves, 30 in halves, 15 in thirds.
_MOVES = (
    (18, _mask(0, 30, 96), _mask(30, 30, 96)),
    (9, _mask(0, 15, 48), _mask(15, 15, 48)),
    (3, _mask(0, 5, 24), _mask(5, 5, 24), _mask(10, 5, 24)),
)


def name_id(canonical: str) -> str:
    """Return the id of a URL: 60 bits of a fixed, unkeyed hash, in base32."""
    digest = blake2b(canonical.encode(), digest_size=8).digest()
    number = int.from_bytes(digest)
    return (
        f"{_TRIPLES[number >> 49]}{_TRIPLES[number >> 34 & 0x7FFF]}"
        f"{_TRIPLES[number >> 19 & 0x7FFF]}{_TRIPLES[number >> 4 & 0x7FFF]}"
    )


def name_ids(canonicals: Sequence[str]) -> list[str]:
    """Return the ids of many URLs, in less time than one by one.

    All bits of all hashes move at once, in one large number with a lane for each id:
    halves and thirds move apart until each five bits have a byte.
    """
    digests = [blake2b(text.encode(), digest_size=8).digest() for text in canonicals]
    count, lanes = len(digests), int.from_bytes(_LANE.join([b"", *digests])) >> 4
    for shift, *masks in _MOVES:
        kept = [int.from_bytes(mask * count) for mask in masks]
        moved = [(lanes & mask) << at * shift for at, mask in enumerate(kept)]
        lanes = sum(moved)
    text = lanes.to_bytes(_ID_LENGTH * count).translate(_ALPHABET).decode()
    return [text[at : at + _ID_LENGTH] for at in range(0, len(text), _ID_LENGTH)]
