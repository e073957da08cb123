"""What a playlist costs: `make bench-playlists`.

speed      MB/s of rewriting playlists
expensive  the cost of unusual long playlists
pauses     event loop lag with long playlists
answers    CPU per request that a kept playlist answers, beside bare aiohttp
inputs     playlists of all sizes, the same in every run
proxied    a stream's playlists, loaded without sockets
lag        measures how late an event loop wakes up
"""
