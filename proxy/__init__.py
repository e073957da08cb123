"""hls-auth-proxy: plays token-protected HLS in any player.

The layers, from top to bottom. Modules import only from layers below, and import-linter
checks this.

    cli                 the commands: run, check, prefetch, token, demo, config-schema
    workers             several processes that serve players, and their parent
    app    demo         app builds and connects everything.  demo is an origin that
                        requires tokens, with a little media
    web                 the server for players: routes, access, failures, health
    diagnosis           reports to users what is wrong with a stream, and whose fault
    streams             answers players' requests for one stream
    fetch    sharing    sends requests upstream for a stream.  fetches a resource once
                        for all players
    localise   replies  makes playlists local; has the catalog of names; no I/O.
                        what players request and get
    tokens   upstream   sources and keepers of tokens.  the HTTP client and its policy
    store               keeps the bytes of resources
    observe             records events: log, metrics, last problems
    settings            reads configuration files into values; reports all problems
    metrics  log        metrics and log lines
    deadline            until when a player gets its first byte
    secret_file  service_manager  singleflight  clock
                        small helpers for the layers above
    system  tasks  timeouts
                        features of the operating system, with fallbacks.  tasks whose
                        failures are always reported.  cheap timeouts
    events              what happened, as values
    core                decisions without I/O: hls, tokens, http
    errors              the error classes, by whose fault they are
    providers/          presets for platforms, in TOML

The path of a request, `GET /lobby/1080p-5000k/seg-3f9a2c1bq7xz.ts`:

    web.app             handles the request, and calls everything below
    web.guard             checks the Host field, and who is asking
    core.http.paths       splits the path into stream and name
    streams.directory   finds the stream, or the member of a family
    streams.selections  finds the presentation for what the player has selected
    streams.stream      answers the request
    localise.catalog      finds the current URL for the name
    streams.lookup        if unknown (after a restart): loads its parents once
    streams.shared_media  checks if it is kept, or being fetched for another player
    sharing.fill        if not, fetches it for all players, and keeps it when complete
    fetch.asking        sends the request with a usable token
    tokens.keepers.stream_keeper  waits for a refresh; never returns an expired token
    core.tokens.placing.rule  decides if the token is sent to this URL
    core.tokens.placing.placement  puts it into the URL or a header field
    upstream.client     sends, follows redirects, retries transient failures
    upstream.departure    replaces the token if it expires while connecting
    core.http.answers   decides what the status means
    fetch.content_check   detects a page sent in place of media
                          token refused: get a newer token, retry once
                          signature refused: load the parents, retry once with the
                          new URL of the same name
    web.relay           passes on the bytes; never marks an incomplete body as complete

A playlist, such as `/lobby/index.m3u8`, takes another path once its name is known:

    streams.playlists   loads it
    fetch.reading         requests it as above, and reads all of it
    localise.localiser    chooses local names for references (ladder, naming, folders)
    core.hls.rewriter     writes them in place of the upstream's references
    localise.catalog      keeps the resources behind the names
    localise.playlist_warnings  warns the operator about what will not play
    web.playlist        sends it, with a validator
"""
