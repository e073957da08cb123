"""Diagnosis: what is wrong with a stream, whose fault it is, and what to do.

For the people who run the proxy: the commands `token` and `check`. It asks a stream as
a player would, so what is found holds for players too.

token_report  a token, decoded and judged, in lines
walk      one step after the other: token, entry, rendition, segment, key
contents  what is in a playlist: ladder, live or recorded, how it is encrypted
fault     a failure in words: whose fault it is, and what to do
cause     whose fault a failure is, as a value
token_causes  the same for tokens that did not come
stream_facts  what the settings of a stream say, as far as advice depends on it
finding   the result of one step
"""
