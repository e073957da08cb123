"""Keepers return tokens that are usable now.

keeper          the interface of a keeper
stream_keeper   holds one token for a whole stream and refreshes it in time
url_keeper      gets a token for each URL
once_keeper     gets a token for each request
minting         gets a token that was never used
asked_source    a source, its last answer, and when to ask it again
telling         reports the result of attempts
refusals        what happens after a refusal
refused_names   resources that a newer token did not open
kept_tokens     the current token, and those that become valid later
attempts        attempts to get a token, one at a time
upkeep          refreshes the token in the background
holds           requests that wait while there is no token
keeper_parts    what these parts share
"""
