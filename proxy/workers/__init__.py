"""Several processes that serve players together, and the parent that watches over them.

Names follow from playlists and settings alone, so any worker answers any name; it loads
what it does not know. Each worker has its own catalogs and its own memory of playlists
and bytes: what `surroundings_of` builds. The parent has what must exist once: sources,
logins, queues, the configuration. What workers should share beyond that belongs to the
parent, behind a question on the channel, or into files.

parent          runs the parent and its workers while a block lasts
crew            the workers: starts, replaces, gathers from and stops them
seat            the place of one worker: its sockets, its process, its channel
restarts        when to replace a worker that died, and when to give up
number          how many workers there are
sockets         the sockets that the workers listen on
gathering       adds up what the workers report

worker          runs one worker until the parent says that it is over

issuer          issues tokens to all workers
configurations  the configurations that workers build their streams by
shared_source   one source whose tokens all workers use
results         what came of its attempts, and what a worker has not heard yet
distant_tokens  the same, as the worker sees it

channel         the private channel between the parent and one worker
bodies          the content of its messages
"""
