"""Keepers: they hand out tokens that may be used now.

keeper          what the program asks of a keeper
stream_keeper   keeps one token for a whole stream, fresh ahead of need
url_keeper      has one made for each URL
once_keeper     has one made for each request
minting         having one made that nobody has had

asked_source    the source as its keeper asks it, and how it answered
telling         telling what became of that
refusals        what refusals lead to
refused_names   names that a newer token did not open

kept_tokens     the token that serves, and those to come
attempts        attempts to get one, one at a time
upkeep          what is done without anybody asking
holds           requests that wait while there is none
keeper_parts    what these share
"""
