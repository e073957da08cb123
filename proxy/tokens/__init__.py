"""Where tokens come from, and who keeps them.

A source makes a token on request and keeps nothing. A keeper holds the current token of
one stream, has it renewed ahead of its end, and never hands out one that has ended.
What is decided is decided in `proxy.core.tokens`.

keepers/   keep the token of a stream, or have one made for each URL or request
sources/   make tokens, each in its own way
turns/     whose turn it is to ask a token service
logins/    refresh tokens that are good for one use
keys/      the keys that sign tokens

source     what a keeper asks of a source
waiting    waiting, but not for ever
"""
