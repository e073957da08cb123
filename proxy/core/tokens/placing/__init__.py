"""Which requests get the token of a stream, and where on them it goes.

rule             which requests get it, and what is sent then
placement        where it goes on a request, and how an old one is taken out
path_placement   the places in a path
"""
