"""Fetch: sends requests upstream for one stream, and judges the answers.

reading          reads whole playlists, checks them, remembers redirects
asking           sends requests with the current token; retries once with a newer one
wanted           a request, before a token is added
judging          decides whether an answer can be used, and what to do if not
content_check    decides by its content whether an answer is what was requested
response_fields  which fields of the answer a player gets
stamping         adds the token to each request, at redirects and retries too
token_standing   decides whether a refusal concerns the whole stream
resuming         continues a body that broke off
mean_skew        how far the upstream's clock is ahead of ours
stalled_bodies   requests the rest of a body that stopped coming
guarding         knows the secrets that no player of the stream may see
"""
