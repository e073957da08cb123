"""HTTP: URLs as they are written, who may be reached, what crosses, what it means.

uri            URLs as text: taken apart, resolved, edited; no other byte changes
cookies        the one Cookie field of a request
authority      whether a URL names a host
stand_in        a URL in the place of one that players follow, though nobody should
addresses      which addresses a stream may reach

listening      where the program listens
hosts          which Host fields are ours
paths          the grammar of local paths
player_query   what of a player's query goes upstream
headers        which header fields cross, either way
fetch_metadata  what a browser says a request is for
media_types    which media types a relayed body may have

answers        what an upstream's answer means
ranges         whether a part is the one that was asked for
resume         whether a body that broke off can be continued
sharing        how long a playlist may answer other players
"""
