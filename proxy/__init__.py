"""hls-auth-proxy: plays token-protected HLS in any player.

The house, from the roof to the ground. Imports point down only; a contract keeps it so.

    cli                 the command: run, demo
    app    demo         app builds and joins everything.  demo: an origin that demands
                        tokens, with a little media of its own
    web                 what speaks to players: routes, access, failures, health
    streams             one stream's playlists and resources; the catalog of its names
    tokens   upstream   sources and keeper of tokens.  the HTTP client and its policy
    settings            configuration files -> values, all problems at once
    metrics  log        numbers and events
    secret_file  singleflight  clock       small things that rooms above share
    core                decisions, pure: names, placement, freshness, rewriting, headers
    errors              the error tree
    providers/          presets of platforms, TOML

The life of a request, `GET /lobby/1080p-5000k/seg-3f9a2c1bq7xz.ts`:

    web.routes          is the Host ours, who asks, which stream, which name?
    streams.stream      what stands behind the name?
    streams.resolve       unknown after a restart: load its parents once, look again
    streams.asking      does reach cover it? then with a token that is usable now
    tokens.keeper         waits for a refresh under way, never hands out an expired one
    core.placement        puts it into the URL or a header; all other bytes stay
    upstream.client     sends, follows redirects by hand, tries transient faults again
    core.answers        what does the status mean?
                          refused token      a newer one, one retry
                          refused signature  load the parents, same name, one retry
    web.relay           hands on the bytes, and never calls incomplete ones complete
"""
