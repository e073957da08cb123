"""Fetch: asks upstream in the name of one stream, and judges what comes.

reading          reads playlists: whole, checked, past a redirect that is kept
asking           asks with the current token, once more with a newer one
judging          decides whether an answer can be used, and what to do if not
response_fields  which fields of the answer a player gets
stamping         puts the token into each request on the way: hops, retries
standing         knows whose refusal speaks for the whole stream
resuming         goes on with a body that broke off
mean_skew        how far the upstream's clock is ahead of ours
silences         asks for the rest of a body that fell silent
guarding         knows what no player of the stream may see
"""
