"""Streams: how one stream answers its players.

From a player's request inwards:

    directory     lists the configured streams, the families and their members
    newcomers     limits how many new members a family may get
    selections    picks the presentation for a request, by its query parameters
    blueprint     the configured values of a stream
    presentation  builds everything below one entry from them
    budget        limits how many names presentations hold; unused ones are dropped
    usage         counts the requests in progress
    status        the state of a stream, for pages and metrics
    stream        answers requests for one presentation
    passing       which parts of a player's request are forwarded upstream
    lookup        finds names that the catalog lacks, for example after a restart
    guesses       limits loads for names that do not show which playlist lists them
    loading       loads a playlist or document; retries with a newer URL if refused
    loads         the outcome of each playlist's last load, and when to repeat it
    renewals      gets new URLs for refused ones by reloading the parent playlists
    bad_requests  whether a 400 to a reload may be about the URL
    chores        background work that continues when a player leaves
    openers       builds what opens the resources of a presentation
    shared_media  answers from what is kept, or has it fetched once for all players
    prefetcher    fetches what players will ask for next
    prefetch_targets  chooses what that is
    media         opens resources, and resumes them if they break off
    media_check   checks whether what was requested as media is media
    redirecting   sends players to the upstream for media
    parts         handles ranges; asks again if the part does not match the request
    texts         removes secrets from text bodies: subtitles, session data
    reloads       reloads a playlist; sends the previous one if that fails
    warming       loads the playlists that a player will ask for after the entry
    snapshots     recent playlists: shared between players, and used in short failures
    snapshot_store  where those of all streams are, within one limit
    playlists     loads a playlist, and fills the catalog from it
    playlist_memory  what is remembered of a playlist until its next load
    offline       plays kept recordings while their platform need not be asked
    kept_playlists  the playlists of one recording, and how long they count
    kept_playlist   one of them, in the form in which a disk keeps it
    playlist_store  the kept playlists of all streams, on a disk
    loaded        a playlist or document as sent to the player, and facts about it
    learning      adds the names from playlists to the catalog, in small steps
    json_documents  loads the JSON that playlists refer to: asset lists, steering
"""
