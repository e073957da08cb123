"""Localise: rewrites upstream documents with local names, and resolves them. Pure.

localiser          rewrites a playlist with local names
draft              the localiser's input and output
placeholders       placeholders for names that depend on everything listed
effort             whether rewriting takes so long that it needs a thread
playlist_warnings  reports what an operator should know about a playlist
editions           keeps the last version, so the next reload only processes new lines
tag_limits         limits tags of which a playlist has few
shelf              marks which presentation owns an item in a store of all streams
steering           rewrites a steering manifest, and names its clones' renditions
naming             references -> local names, and what the catalog learns from them
strategies         how references get their names: faster ways first, then the full rule
local_paths        which path each reference has: the full rule
named              what was named in a stretch of a document
document_place     where a document is, locally and upstream; its names depend on this
ladder             the renditions that a multivariant playlist lists, and their slugs
shortcut           names segments that are signed one by one, the short way
parents            which playlists may list an unknown name
stable_names       how long a rendition's name keeps its upstream URL
rendition_state    whether a media playlist is played, and whether it works
offered_urls       the URLs that the last loads of a list have for its renditions
catalog            maps local paths to their current resources
name_table         holds the names, and the playlists that list them
shrinking          drops names if there is no room for them
advice             reports what would help then
uses               what names mean now: when two uses are the same resource
playlist_load      one load of a media playlist, as far as it shows that
listing            the names and URLs in one version of a playlist
name_quota         how many names a catalog may have
remedy             which setting helps if a catalog gets too many names
folders            the folders of local paths, and how paths refer to each other
"""
