"""HTTP: URLs, hosts, header fields, and the meaning of answers.

uri            URLs as text: split and resolved; no other byte changes
uri_query      the query of a URL: read, set, removed; no other byte changes
percent_encoding  percent-encodes what a URL must not contain
cookies        the one Cookie field of a request
authority      whether a URL names a host
placeholder_url  a harmless URL for references that players follow but should not
addresses      which addresses a stream may reach

listening      where the program listens
hosts          which Host fields are ours
paths          the grammar of local paths
player_query   which query parameters of a player go upstream
headers        which header fields are passed on, in both directions
fetch_metadata  what a browser says a request is for
media_types    which media types a relayed body may have

answers        what an upstream's answer means
framing        how the end of a body is known
ranges         whether a partial answer is the part that was requested
wanted_part    which part of a resource a player wants, if its request may be shared
conditions     what a player gets of a kept resource: all, a part, or nothing new
resume         whether a body that broke off can be continued
freshness      what the header fields of an answer say about its freshness
validators     what tells two versions of a document apart whose text is the same
caching        whether the bytes of a resource may be kept, and for how long
offline        how long a recording may be played without asking its platform
reuse          how long a playlist may be used to answer other players
cache_status   whether an answer came from the store
structured     structured field values
"""
