"""Events: frozen values that say what happened. Parts report them, sinks receive them.

event      all events, and the type of the function that reports them
refresh    a source was asked for a token
upstream   a request to the upstream ended; how far its clock is from ours
playlist_warning  a playlist will not play, or not as it should
exposed_secret  a secret is too short to be recognised in answers
visit      a player's request ended
stream_change  a stream or family was added to or removed from the configuration
reload     the configuration was read again

An event holds no secret and no URL. It holds names of streams, paths that follow the
grammar of local names, numbers, fixed words, and error texts, which hold no secret or
URL either.
"""
