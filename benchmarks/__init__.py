"""Measures what it costs; no part of the tests, for a loaded machine lies.

inputs      playlists of all sizes, the same in every run
playlists   `make bench-playlists`: MB/s from body to local body
answers     `make bench-playlists`: CPU of one request, beside a bare aiohttp handler
"""
