"""Measures performance. Not part of the tests: results on a busy machine are wrong.

media       `make bench`: CPU per request and per GB, beside nginx and other proxies
playlists   `make bench-playlists`: what it costs to make playlists local
rig         what they share: processes, their cost, load on them
peers       the proxies to compare with
"""
