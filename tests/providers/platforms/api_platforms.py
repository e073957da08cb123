"""Platforms whose API hands out the token, or the whole URL."""

from tests.providers.platforms.row import Row

ROWS: dict[str, Row] = {}
