"""Decisions, pure: no clock, no socket, no log. Values in, values out.

Its rooms stand on floors too; imports point down only.

    hls      playlists, the names in them, and the documents behind them
    tokens   what opens an upstream: where it goes, when it ends, when to renew it
    http     URLs, addresses, headers, and what answers mean
    kind     what a local name stands for
    values   values that are made for each request
"""
