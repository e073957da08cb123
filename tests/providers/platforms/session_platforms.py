"""Platforms that open a session, or hand out a second token, at the entry."""

from tests.providers.platforms.row import Row

ROWS: dict[str, Row] = {}
