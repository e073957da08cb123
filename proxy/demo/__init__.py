"""The demo: an origin that requires tokens, and a player that plays its streams.

The origin is a real server on two loopback ports, so that "another origin" is real.
It has three kinds of protection, as platforms use them. For each of them it makes a
recording and an endless live stream from one small loop of media. The first and the
last of them also have a low-latency stream:

    fastpix      a token opens the entry; its children are on the other port and
                 their URLs are signed by the platform for a few seconds
    cloudflare   the token is the first segment of every path
    bearer       the token is in a header of every request

    origin_server  serves the two ports: `running()`
    origin       routes requests to the kinds of protection and records them
    fastpix, cloudflare, bearer     the kinds of protection: request in, reply out
    guards, signing                 check tokens and signed child URLs
    playlists, subtitles            make text from a window of the timeline
    programme, timeline, media      what can be played, and when
    low_latency, part_timeline      the same for low latency, in parts
    part_playlist                   makes low-latency playlists
    delivery_directives             reads the queries of low-latency reloads
    retime_fmp4, retime_ts          move the loop's segments to their time
    cut_fmp4                        cuts segments into parts
    record                          counts the requests to the origin
    keys                            makes a temporary key pair, signs tokens
    player, reader, check           play the demo through the proxy and check it
    show, screen                    implement the command `demo`

The end-to-end tests use the same origin.
"""
