"""Measures what it costs; no part of the tests, for a loaded machine lies.

inputs      playlists of all sizes, the same in every run
playlists   `make bench-playlists`: MB/s from body to local body
pauses      `make bench-playlists`: how late the event loop is under long playlists
answers     `make bench-playlists`: CPU of one request, beside a bare aiohttp handler
lag         how late an event loop is
"""
