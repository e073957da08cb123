"""Measures performance. Not part of the tests: results on a busy machine are wrong.

inputs      playlists of all sizes, the same in every run
playlists   `make bench-playlists`: MB/s of rewriting playlists
pauses      `make bench-playlists`: event loop lag with long playlists
dear        `make bench-playlists`: the cost of unusual long playlists
answers     `make bench-playlists`: CPU per request, compared with bare aiohttp
relay       `make bench-relay`: CPU per relayed resource, compared with other relays
relayed     the other relays, and an upstream for all of them
proxied     a stream's playlists, loaded without sockets
servers     runs the program and aiohttp servers for measuring
sides       runs servers in separate processes and reads their CPU time
load        sends requests over persistent connections, by wrk or our own client
lag         measures how late an event loop wakes up
pipes       a pipe between two processes
peers/      the relay that is installed by npm
"""
