"""Keeps the bytes of resources, so that each is fetched once and served to many.

`port` says what the rest of the program needs from a store. `key` says what is kept
under: a name, and what the name means now.
"""
