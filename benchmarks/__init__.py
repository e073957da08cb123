"""Measures what it costs; no part of the tests, for a loaded machine lies.

inputs      playlists of all sizes, the same in every run
playlists   `make bench-playlists`: MB/s from body to local body
pauses      `make bench-playlists`: how late the event loop is under long playlists
dear        `make bench-playlists`: what long playlists cost that are not only segments
answers     `make bench-playlists`: CPU of one request, beside a bare aiohttp handler
relay       `make bench-relay`: CPU of one relayed resource, beside others that relay
relayed     what those are, and an upstream for all
proxied     a stream's playlists without sockets
servers     the program and servers of aiohttp, to be measured
sides       servers in processes of their own, and what CPU they used
load        requests over kept connections, by wrk or by a client in here
lag         how late an event loop is
pipes       a pipe between two processes
peers/      the relay that comes by npm
"""
