"""What the parts of a stream's keeper share."""

from dataclasses import dataclass

from proxy.clock import Clock
from proxy.tokens.keepers.asked_source import AskedSource
from proxy.tokens.keepers.kept_tokens import KeptTokens
from proxy.tokens.keepers.telling import Teller


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperParts:
    """The source, its tokens, the reporter and the clock."""

    asked: AskedSource
    tokens: KeptTokens
    teller: Teller
    clock: Clock
