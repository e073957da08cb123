"""The demo: an origin that demands tokens, and a player that plays it.

The origin is a real server on two loopback ports, so that "another origin" is real.
Out of one small loop of media it makes, for each way in which platforms protect HLS,
a recording and an endless live stream, and for the first and the last of them a
low-latency one:

    fastpix      a token opens the entry; its children stand on the other port and
                 are signed by the platform, for seconds
    cloudflare   the token is the first part of every path
    bearer       the token is in a header of every request

    origin_server  the two ports, and `running()`, which keeps them up
    origin       who answers what, and the record of it
    fastpix, cloudflare, bearer     what each answers: a request in, a reply out
    guards, signing                 who may pass: tokens, signed child URLs
    playlists, subtitles            text, made from a window of the timeline
    programme, timeline, media      what there is to play, and when
    low_latency, part_timeline      the same in parts, as they happen
    part_playlist                   what low latency adds to playlists
    delivery_directives             and to queries
    retime_fmp4, retime_ts          the loop's segments, moved to their place in time
    cut_fmp4                        and cut into parts
    record                          what the origin was sent
    keys                            a throw-away key pair, and tokens signed by it
    player, reader, check           plays the demo through the proxy, and judges it
    show, screen                    what the command `demo` does with all that

The end-to-end tests use the same origin.
"""
