"""HLS: bytes of an upstream's documents in, bytes for players out.

playlist     a playlist as players get it: every reference local, all else the same
rewriter     one pass over its lines
blocks       the same in blocks, so that a reload has work for new lines only
facts        what it says in passing
references   what its references mean
tags         which tags hold them, in which attributes
attributes   attribute lists: found in a line, changed in place
variables    EXT-X-DEFINE
sniffing     whether what came is a playlist at all
text_bodies  whether what came is text, in which secrets may stand
imposters    what came in the place of media, keys and playlists: pages, JSON, nothing

names        the local names of resources, and the URLs they are taken from
ids          the hashes in them
signed       the same for many segments that are signed one by one
slugs        the readable names of renditions
selection    what players select, as names show it

asset_list   what plays in an interstitial
steering     which pathway to play
pathways     copies of a ladder on other hosts, and clones of them
json_text    JSON as text, changed in place
"""
