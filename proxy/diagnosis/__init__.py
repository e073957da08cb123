"""Diagnosis: what is wrong with a stream, whose fault it is, and what to do.

Used by the commands `token` and `check`. The check requests a stream as a player would,
so its findings apply to players too.

token_report  prints a decoded token, with notes on what is wrong
walk      checks step by step: token, entry, rendition, segment, key
pieces    fetches media, also where players are redirected to
contents  describes a playlist: renditions, live or recorded, encryption
fault     describes a failure: whose fault it is, and what to do
cause     the class for whose fault a failure is and what to do
token_causes  finds the cause when a source returned no token
stream_facts  the settings of a stream that advice depends on
finding   the result of one step
"""
