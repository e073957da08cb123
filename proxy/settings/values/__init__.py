"""What the tables of the configuration are made of.

table          what all tables share
addresses      where to listen, under which names, and for whom
headers        header fields, and users of Basic authentication
origins        URLs and origins
times          lengths of time and moments
secret         secrets by value, file or variable
placeholders   the holes in a stream's url and claims
surroundings   the folder and the environment that a configuration refers to
"""
