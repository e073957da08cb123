"""Streams: how one stream answers its players.

From a player's request inwards:

    directory     lists the configured streams, the families and their members
    newcomers     limits how many new members a family may get
    selections    picks the presentation for a request, by its query parameters
    presentation  builds everything below one entry from configured values
    budget        limits how many names presentations hold; unused ones are dropped
    usage         counts the requests in progress
    stream        answers requests for one presentation
    replies       the types that the web layer and a stream exchange
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
    keys          what a resource is kept under: its name, and what that means now
    kept_media    answers from what is kept
    kept_body     the bytes of a kept resource as a body
    sharing       joins players to a fill; bridges faults with old copies
    fills         the resources being fetched for all, and the tasks that do it
    fill          fetches one resource, and keeps it when it is complete
    second_request  repeats a request that stays without an answer
    orders        what a fill is to fetch, and how it goes on
    keeping       which answers are shared, and which are kept
    confirming    keeps what a 304 confirms
    growing       the bytes of a resource while it is fetched
    following     a part of them as a body
    rest          the rest of a body for a player that is too slow for the others
    ahead         fetches what players will ask for next
    unasked       what was fetched ahead, until somebody asks for it
    shared_replies  replies made of what is kept or being fetched
    store_counts  counts what the store did for a stream
    patience      how long the first byte of a resource is waited for
    media         opens resources, checks them, and resumes them if they break off
    redirecting   sends players to the upstream for media
    parts         handles ranges; asks again if the part does not match the request
    texts         removes secrets from text bodies: subtitles, session data
    reloads       reloads a playlist; sends the previous one if that fails
    warming       loads the playlists that a player will ask for after the entry
    snapshots     recent playlists: shared between players, and used in short failures
    playlists     loads a playlist, and fills the catalog from it
    offline       plays kept recordings while their platform need not be asked
    kept_playlists  the playlists of one recording, and how long they count
    kept_playlist   one of them, in the form in which a disk keeps it
    playlist_store  the kept playlists of all streams, on a disk
    loaded        a playlist or document as sent to the player, and facts about it
    learning      adds the names from playlists to the catalog, in small steps
    documents     loads the JSON that playlists refer to: asset lists, steering
"""
