"""hls-auth-proxy: plays token-protected HLS in any player.

The house, from the roof to the ground. Imports point down only; a contract keeps it so.

    cli                 the commands: run, check, token, demo, config-schema
    workers             several processes that serve players together, and their parent
    app    demo         app builds and joins everything.  demo: an origin that demands
                        tokens, with a little media of its own
    web                 what speaks to players: routes, access, failures, health
    diagnosis           what is wrong with a stream, and whose fault it is, for people
    streams             what one stream does for its players
    fetch    sharing    asks upstream in a stream's name.  fetches a resource once for
                        all players
    localise   replies  makes playlists local; the catalog of names. pure.  what players
                        ask for and get
    tokens   upstream   sources and keepers of tokens.  the HTTP client and its policy
    store               keeps the bytes of resources
    observe             what takes events: log, metrics, last problems
    settings            configuration files -> values, all problems at once
    metrics  log        numbers and lines
    deadline                until when a player gets its first byte
    secret_file  service_manager  singleflight  clock      small things that rooms
                        above share
    system  tasks  timeouts
                        what this system can do, and what stands in where it cannot.
                        tasks whose failure is always seen.  cheap timeouts
    events              what happened, as values
    core                decisions, pure, in rooms of their own: hls, tokens, http
    errors              the error tree
    providers/          presets of platforms, TOML

The life of a request, `GET /lobby/1080p-5000k/seg-3f9a2c1bq7xz.ts`:

    web.app             takes it through all that follows
    web.guard             is the Host ours, and who asks?
    core.http.paths       which stream, which name?
    streams.directory   the stream, or the member of a family
    streams.selections  the stream as such, or what a player has selected?
    streams.stream      what stands behind the name?
    localise.catalog      today's URL for it
    streams.lookup        unknown after a restart: load its parents once, look again
    streams.shared_media  is it kept, or is it being fetched for another player?
    sharing.fill        if not, fetches it for all, and keeps it when it is complete
    fetch.asking        sends it with a token that is usable now
    tokens.keepers.stream_keeper  waits for a refresh, never hands out an ended one
    core.tokens.placing.rule  does the token go there at all?
    core.tokens.placing.placement  puts it into the URL or a header, no other byte
    upstream.client     sends, follows redirects by hand, tries transient faults again
    upstream.departure    a newer token if the connection took long or the old one ends
    core.http.answers   what does the status mean?
    core.hls.imposters    or is it a page in the place of media?
                          refused token      a newer one, one retry
                          refused signature  load the parents, same name, one retry
    web.relay           hands on the bytes, and never calls incomplete ones complete

A playlist, such as `/lobby/index.m3u8`, takes another way from the name on:

    streams.playlists   loads it
    fetch.reading         asks as above, reads it whole
    localise.localiser    gives what it refers to local names (ladder, naming, folders),
    core.hls.rewriter     writes them where the upstream's stood,
    localise.catalog      keeps what stands behind them
    localise.playlist_warnings  tells the operator what will not play
    web.playlist        sends it, with a validator
"""
