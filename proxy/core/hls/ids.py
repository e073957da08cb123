"""The ids in local names: hashes of canonical URLs, one by one or many at once."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import product

# 60 bits: among 40,000 names with the same stem, a collision has a probability of
# 7e-10. Ids are encoded three characters of base32 (RFC 4648) at a time, because a long
# playlist has tens of thousands.
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_TRIPLES = list(map("".join, product(_BASE32, repeat=3)))
_ALPHABET = _BASE32.encode().ljust(256, b"\0")
_ID_LENGTH = 12
# These bytes extend the eight bytes of a hash to twelve.
_LANE = bytes(_ID_LENGTH - 8)


def _mask(first: int, width: int, every: int) -> bytes:
    """Return a mask for one id: `width` bits from `first` on, every `every` bits."""
    ones = ((1 << width) - 1) << first
    lane = sum(ones << at for at in range(0, 8 * _ID_LENGTH, every))
    return lane.to_bytes(_ID_LENGTH)


# For each step: how far the second part moves (a third part moves twice as far), and
# the masks of the parts. 60 bits are split into halves, 30 into halves, 15 into thirds.
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
    """Return the ids of many URLs, faster than one by one.

    All hashes are processed together in one large number, in which each id has a lane
    of bits. Halves and thirds are moved apart until every five bits have a byte of
    their own.
    """
    digests = [blake2b(text.encode(), digest_size=8).digest() for text in canonicals]
    count, lanes = len(digests), int.from_bytes(_LANE.join([b"", *digests])) >> 4
    for shift, *masks in _MOVES:
        kept = [int.from_bytes(mask * count) for mask in masks]
        moved = [(lanes & mask) << at * shift for at, mask in enumerate(kept)]
        lanes = sum(moved)
    text = lanes.to_bytes(_ID_LENGTH * count).translate(_ALPHABET).decode()
    return [text[at : at + _ID_LENGTH] for at in range(0, len(text), _ID_LENGTH)]
