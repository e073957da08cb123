"""Platforms as configurations of `sign-hash`, and their tokens by their formulas.

The vectors of the platforms are in tests/providers. Here are whole configurations, and
what each platform computes for `SEGMENT`, written independently.
"""

from collections.abc import Mapping

from tests.tokens.platforms.formulas import Case
from tests.tokens.platforms.hashes import HASHES
from tests.tokens.platforms.hmacs import HMACS

CASES: Mapping[str, Case] = {**HMACS, **HASHES}
