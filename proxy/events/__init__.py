"""Events: frozen values that say what happened. Parts report them, sinks take them.

event      all of them, and what a part is given to report one
refresh    a source was asked for a token
upstream   a request to the upstream ended; how far its clock is from ours
playlist_warning  a playlist will not play, or not as it should
exposed_secret  a secret is too short to be recognised in answers
visit      a request of a player ended
stream_change  a stream or family is configured, or no longer
reload     the configuration was read again

An event holds no secret and no URL: names of streams, paths as the grammar of local
names allows them, numbers, fixed words, and texts of errors, which hold none either.
"""
