"""Sharing: each resource is fetched once, and served to all players that want it.

A *fill* fetches a resource for all; *followers* read it while it grows. A complete
resource is kept in a store, and answers from then on.

joining         joins players to a fill; bridges faults with old copies
fills           the resources being fetched for all, and the tasks that do it
fill            fetches one resource, and keeps it when it is complete
orders          what a fill is to fetch, and how it goes on
keeping         which answers are shared, and which are kept
confirming      keeps what a 304 confirms
growing         the bytes of a resource while it is fetched
following       a part of them as a body
keys            what a resource is kept under: its name, and what that means now
kept_media      answers from what is kept
kept_body       the bytes of a kept resource as a body
shared_replies  replies made of what is kept or being fetched
store_counts    counts what the store did for a stream
patience        how long the first byte of a resource is waited for
rest            the rest of a body for a player that is too slow for the others
second_request  repeats a request that stays without an answer
unasked         what was fetched ahead, until somebody asks for it
"""
