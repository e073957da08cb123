"""The web: what speaks to the player.

    server     serves, and stops without cutting anybody off
    listening  opens the sockets: our own, or a supervisor's
    protocol   aiohttp's connections, made quiet and bounded
    app        from a request to its answer: guard, path, stream, reply
    site       which streams are served, and to whom
    caller     what follows from a player's head, for as long as it sends the same
    guard      what is refused before anybody looks at the path: host, method, origin
    access     which addresses may ask
    cors       which web pages may ask
    playlist   a rewritten playlist as HTTP: validator, 304, gzip
    relay      the bytes of a resource; an incomplete body never ends like a whole one
    failures   an error -> the status that makes players do the right thing
    health     probes, metrics and state, for machines
    configuration  how the configuration is, for these pages
    home       the list of streams, for people
    reply      a reply in one piece
    outgoing   how an answer is sent, no faster than the player reads
    readers    who is slow to read, and is cut off first when room runs short
    visit      what is noted of a request while it is answered

The web decides nothing about tokens and knows no upstream address. It asks a stream
for a local name, with what the player may add to the question, and puts what comes
back in the terms that players understand.
"""
