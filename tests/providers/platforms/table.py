"""All rows: the streams that the tests play, by name.

A platform has its row in the module of its kind; a new module is added to `GROUPS`.
"""

from collections.abc import Mapping

from tests.providers.platforms import (
    api_platforms,
    hash_cdns,
    jwt_platforms,
    origins,
    policy_cdns,
    session_platforms,
)
from tests.providers.platforms.row import Row

GROUPS: tuple[Mapping[str, Row], ...] = (
    api_platforms.ROWS,
    hash_cdns.ROWS,
    jwt_platforms.ROWS,
    origins.ROWS,
    policy_cdns.ROWS,
    session_platforms.ROWS,
)
ROWS = {name: row for group in GROUPS for name, row in group.items()}
