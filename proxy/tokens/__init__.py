"""Sources make tokens; keepers hold them.

A source makes a token on request and stores nothing. A keeper holds the current token
of one stream, refreshes it before it expires, and never returns an expired one. The
decisions are in `proxy.core.tokens`.

keepers/   hold the token of a stream, or get one for each URL or request
sources/   make tokens, each in its own way
turns/     whose turn it is to ask a token service
logins/    refresh tokens that can be used once
keys/      the keys that sign tokens
source     the interface of a source
waiting    waiting with a timeout
"""
