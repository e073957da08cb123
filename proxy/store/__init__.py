"""Keeps the bytes of resources, so that each is fetched once and served to many.

From what the rest of the program uses to what decides:

    port           what the program needs from a store
    key            what is kept under: a name, and what the name means now
    store          memory first, then the disk; statistics
    memory         keeps small resources as bytes, larger ones in files without a name
    kept           a complete resource, which is not evicted while it is used
    content        the bytes of one resource, which can be read while they grow
    disk           resources of ended presentations, behind the memory
    documents      small documents by name, on the same disk
    labels         which resource a file on the disk holds
    records        checked files in a folder: when to write, read, check and remove
    inventory      what the folder holds: makes room, removes
    background     the threads that wait for the disk
    troubles       reports once that the disk cannot be used
    record_folder  lists, removes and tidies up files
    record_file    writes and reads one file: whole, or not there
    record         the format of a file, with its checksums; pure
    index          decides what is kept and what must go; pure

A resource arrives as a writing, is found by its key while it is kept, and is copied to
the disk if it lasts. The index decides in one step; files are closed or removed after
it. A file is closed when nobody refers to it, and is never written to again: sendfile
leaves its pages in the queues of sockets, from where they may still be sent.
"""
