"""Worker processes that serve players, and the parent process that supervises them.

Local names depend only on playlists and settings. So any worker can answer any name: it
loads the playlists that it does not know. Each worker has its own catalogs and its own
memory of playlists; `surroundings_of` builds them. The parent owns what must exist only
once: sources, logins, queues and the configuration. Media that one worker has fetched
is in files that the others find, if the system has a folder in memory for them. Their
keys are equal because the workers agree on the runs of live streams. Anything else that
workers should share belongs in the parent, behind a question on the channel, or in
files.

parent          runs the parent and its workers while a block lasts
supervisor      starts, replaces, queries and stops the workers
worker_slot     one worker's place: its sockets, its process, its channel
restarts        when to replace a worker that died, and when to give up
worker_count    how many workers there are
sockets         the sockets that the workers listen on
status_sums     adds up what the workers report

worker          runs one worker until the parent stops it

issuer          issues tokens to all workers
configurations  the configurations that workers build their streams from
shared_source   one source whose tokens all workers use
token_results   the results of its attempts, and which of them a worker does not have
distant_tokens  the worker's side of a shared source

common_folder   the folder, in memory, for what the workers have in common
commons         builds what a worker has in common with the others
agreed_runs     lets them agree on the runs of live streams

channel         the private channel between the parent and one worker
message_bodies  the content of its messages
"""
