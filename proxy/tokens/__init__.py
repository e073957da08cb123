"""Where tokens come from, and who keeps them.

A source makes a token on request and keeps nothing. A keeper holds the current token of
one stream, has it renewed ahead of its end, and never hands out one that has ended.
When to ask is decided in `proxy.core`: freshness, refresh_policy, hold; when a token
ends, in expiry.
"""
