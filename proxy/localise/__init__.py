"""Localise: makes upstream documents local, and knows what the local names mean. Pure.

localiser          makes a playlist local
draft              what it takes, and what it gives
blanks             where names are filled in that depend on all that is listed
effort             whether it takes so long that it needs a thread
playlist_warnings  what an operator should know about it
editions           what is kept of it, so the next reload only processes new lines
shelf              whose something is that lies in a store of all streams
steering           makes a steering manifest local, and its clones renditions of ours
naming             references -> local names, and what the catalog learns from them
local_paths        which path each reference has
place              where a document stands, which its names depend on
ladder             the renditions that a multivariant playlist lists, and their slugs
shortcut           names segments that are signed one by one, the short way
parents            which playlists may name what is not known
stable_names       how long the name of a rendition goes on meaning what it meant
rendition          whether a media playlist is played, and whether it is well
offers             what the last loads of a list have for its renditions
catalog            local path -> what stands behind it today
listing            what one version of a playlist names
room               how many names a catalog may have
remedy             which setting helps where the catalog would hold too many
folders            the folders of local paths, and how paths refer to each other
"""
