"""Keeps the bytes of resources, so that each is fetched once and served to many.

From what the rest of the program uses to what decides:

    port      what the program needs from a store
    key       what is kept under: a name, and what the name means now
    store     memory first, then the disk
    memory    keeps small resources as bytes, larger ones in files without a name
    content   the bytes of one resource, which can be read while they grow
    index     decides what is kept and what must go; pure
"""
