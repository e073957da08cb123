"""Sharing: each resource is fetched once, and served to all players that request it.

A *fill* fetches a resource for all players. *Followers* read it while it grows. A
complete resource is kept in a store. Later requests are answered from the store.

joining         joins players to a fill; serves old copies when the upstream fails
fills           the resources being fetched for all, and the tasks that do it
fill            fetches one resource, and keeps it when it is complete
opening         sends the request of a fill, and a second one if the answer is late
progress        whether the bytes of a body still come
turns           waits while another process fetches the same resource
fill_orders     what a fill should fetch, and what it does after the head
keeping         which answers are shared, and which are kept
confirming      renews a kept resource that a 304 confirms
growing_body    the bytes of a resource while it is fetched
following       the body that one player gets of these bytes
keys            makes the key of a resource: its name, and what it means now
kept_media      answers requests from the store
kept_body       the bytes of a kept resource as a body
shared_replies  replies made from kept resources or running fills
store_counts    counts what the store did for a stream
nearly          notices when a body is nearly complete
precedence      lets the first segment of a player come before the second
first_byte_wait  how long to wait for the first byte of a resource
rest_of_body    the rest of a body for a player that is slower than the others
second_request  repeats a request that gets no answer
unrequested     resources that were fetched ahead and not requested yet
"""
