"""Keepers: they hand out tokens that may be used now.

stream_keeper   keeps one token for a whole stream, fresh ahead of need
url_keeper      has one made for each URL
once_keeper     has one made for each request

kept_tokens     the token that serves, and those to come
attempts        attempts to get one, one at a time
upkeep          what is done without anybody asking
refusals        what refusals lead to
"""
