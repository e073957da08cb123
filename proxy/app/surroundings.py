"""What all parts of the program share."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.clock import Clock
from proxy.settings import Settings
from proxy.streams.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all parts share."""

    environ: Mapping[str, str] = field(repr=False)
    clock: Clock
    rng: random.Random
    user_agent: str
    settings: Settings
    snapshots: SnapshotStore
