"""CDNs that want a signed policy, which says what it opens."""

from tests.providers.platforms.row import Row

ROWS: dict[str, Row] = {}
