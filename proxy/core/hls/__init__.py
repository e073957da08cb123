"""HLS: rewrites an upstream's documents, as bytes, for players.

playlist     a playlist as players get it: every reference local, all else the same
rewriter     one pass over its lines
usual_lines  runs of titles, dates and plain references, rewritten together
blocks       a playlist in blocks, so the next reload only processes new lines
facts        what a playlist says besides its references
references   what its references mean
tags         which tags hold them, in which attributes
attributes   attribute lists: finding attributes in a line, changing them in place
variables    EXT-X-DEFINE
sniffing     whether an answer is a playlist at all
text_bodies  whether a body is text, which may contain secrets
imposters    detects pages, JSON or nothing instead of media, keys and playlists

window       the segments that one version of a media playlist lists, by number
continuity   whether a version continues an earlier one, or the encoder restarted
encoder_runs  the versions that continue each other: a run of an encoder
agreement    the name of a run that several processes see
run_positions  the number that tells the uses of a name in a run apart
next_segments  the segments that follow a name
prefetch     which of them to fetch before a player asks for them

listed       what a local playlist lists, to fetch all of it or to drop it
names        the local names of resources, and the URLs they are derived from
ids          the hashes in names
signed       a fast path for names of many individually signed segments
slugs        the readable names of renditions
slug_owners  which rendition gets which, and keeps it over reloads
selection    what players select, and how names show it

asset_list   what plays in an interstitial
steering     which pathway to play
choices      which renditions stand for each other
pathways     copies of a ladder on other hosts, and clones of them
json_text    JSON as text, changed in place
"""
