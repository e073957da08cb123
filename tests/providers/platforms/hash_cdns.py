"""CDNs that want a hash over path and expiry."""

from tests.providers.platforms.row import Row

ROWS: dict[str, Row] = {}
