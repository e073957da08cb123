"""The web server: everything that talks to players.

    server     serves, and stops without cutting anybody off
    listening  opens the sockets: our own, or a supervisor's
    protocol   aiohttp's connections, with limits and without request texts in the log
    prompt_connection  aiohttp's connections, answering what is at hand without a task
    same_head  recognises a request that differs from an earlier one only in its target
    at_once    from a request to its answer, if nothing must be waited for
    ready_answers  what of an answer can be sent without waiting
    app        from a request to its answer: guard, path, stream, reply
    site       which streams are served, and to whom
    caller     what follows from a player's header fields, cached per connection
    guard      what is refused before the path is parsed: host, method, origin
    access     which addresses are allowed
    cors       which web pages are allowed
    playlist   a rewritten playlist as HTTP: validator, 304, gzip
    relay      the bytes of a resource; an incomplete body never looks complete
    kept_resource  a kept resource, from memory or by the system from its file
    failures   an error -> the status that makes players do the right thing
    health     probes, metrics and state, for machines
    configuration  the state of the configuration, for these pages
    all_workers  the state of all processes that serve players together
    home       the list of streams, for people
    reply      a reply in one piece
    paced_sending  how an answer is sent, no faster than the player reads
    direct_answers  answers that are written directly, bypassing aiohttp's responses
    slow_readers  players that read slowly; they are cut off first when room is short
    visit      what is recorded about a request while it is answered

The web server decides nothing about tokens and knows no upstream address. It asks a
stream for a local name, with what the player may add to the request. It turns the
result into HTTP that players understand.
"""
