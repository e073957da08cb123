"""Measures performance. Not part of the tests: results on a busy machine are wrong.

media       `make bench`: CPU per request and per GB, beside nginx and other proxies
playlists   `make bench-playlists`: what it costs to make playlists local
line        `make bench-line`: the first frame on a slow line, beside no proxy
players     `make bench-players`: hundreds of players on one live stream
rig         what they share: processes, their cost, load on them
peers       the proxies to compare with
"""
