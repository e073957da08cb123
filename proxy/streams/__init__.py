"""Streams: what one configured thing to play is made of, and how it is kept playable.

From a player's question inwards:

    directory    which streams there are; families and their members
    newcomers    how many members may be new
    selections   which presentation a player asks: the stream as such, or as it selects
    presentation  what one entry leads to: built of all that follows
    stream       answers what a player asks of one presentation
    replies      what the web asks, and what it is answered with
    catalog      local path -> what stands behind it today
    remedy       which setting helps where it would hold too many
    lasting      how long the name of a rendition goes on meaning what it meant
    resolve      finds what the catalog lacks: after a restart, under a newer signature
    parents      which playlists may name what is not known
    guesses      how often they are loaded where the name does not tell which
    bad_requests  which 400 to a reload may be about the URL that was asked
    chores       work for all players, which goes on although one of them leaves
    asking       asks upstream with the current token, once more with a newer one
    judging      whether an answer can be used, and what to do if not
    guarding     knows what no player of the stream may see
    crossing     which fields of the answer a player gets
    parts        which part of it: asks again for the whole where the part does not fit
    texts        takes secrets out of bodies that are text: subtitles, session data
    resuming     goes on with a body that broke off
    silences     asks for the rest of one that fell silent
    stamping     puts the token into each request on the way: hops, retries

    snapshots    playlists of a moment ago: they answer for it, and bridge short faults
    reloads      asks for a newer one, and bridges with the last where that is silent
    playlists    loads a playlist, and fills the catalog from it
    reading      reads it from upstream: whole, checked, past a redirect that is kept
    localising   makes it local; pure, so that a large one may have a thread
    documents    loads the JSON that playlists refer to: asset lists, steering manifests
    steering     makes a manifest local, and its clones renditions of ours
    ladder       the renditions that it lists, and their slugs
    naming       its references -> local names, and what stands behind them
    local_paths  which path each has
    place        where a document stands, which its names depend on
    shortcut     names segments that are signed one by one, the short way
    editions     what is kept of it, so that a reload has work for new lines only
    folders      the folders of local paths, and how paths refer to each other
    oddities     what an operator should know about it
"""
