"""Which requests get a stream's token, and where on the request it goes.

rule             which requests get the token, and what they then look like
placement        where the token goes on a request, and how an old one is removed
path_placement   places in the path
"""
