"""Streams: what one stream does for its players.

From a player's question inwards:

    directory     which streams there are; families and their members
    newcomers     how many members may be new
    selections    which presentation a player asks: the stream as such, or as it selects
    presentation  a stream from values, and what one entry leads to: all that follows
    budget        how many names they may know; what nobody plays gives way
    usage         whether players are in the middle of something
    stream        answers what a player asks of one presentation
    replies       what the web asks, and what it is answered with
    passing       what of a player's request passes upstream
    lookup        finds names that the catalog lacks: after a restart
    guesses       how often playlists are loaded where the name does not tell which
    loading       loads a playlist or document; under a newer URL where it is refused
    loads         how the last load of each went, and when it may be repeated
    renewals      renews URLs that are refused, by their parents
    bad_requests  which 400 to a reload may be about the URL that was asked
    chores        work for all players, which goes on although one of them leaves
    media         opens resources: checked, and continued where they break
    parts         which part of a resource: asks again where the part does not fit
    texts         takes secrets out of bodies that are text: subtitles, session data
    reloads       asks for a newer playlist, and bridges with the last one
    snapshots     playlists of a moment ago: they answer for it, and bridge short faults
    playlists     loads a playlist, and fills the catalog from it
    loaded        a playlist or document as the player gets it, and what is known of it
    learning      takes in what they name, a turn at a time
    documents     loads the JSON that playlists refer to: asset lists, steering
"""
