"""Keeps the bytes of resources, so that each is fetched once and served to many.

The modules, from the interface for the rest of the program to the eviction policy:

    port           what the program needs from a store
    key            identifies a kept resource: its name, and what the name means now
    store          memory first, then the disk; statistics
    memory         what is kept in memory, within a budget of bytes and descriptors
    kept           a complete resource, which is not evicted while it is used
    content        the bytes of one resource; readable while more are added
    shared_files   files, in memory, for what other worker processes keep
    disk           resources of ended presentations, behind the memory
    documents      small documents by name, on the same disk
    file_labels    which resource a file on the disk holds
    records        checked files in a folder: when to write, read, check and remove
    inventory      which files the folder holds; makes room, removes files
    background     the threads that wait for the disk
    disk_failures  reports once when the disk cannot be used
    record_folder  lists, removes and tidies up files
    record_file    writes and reads one file, which is either complete or absent
    record         the format of a file, with its checksums; pure
    index          decides what is kept and what must go; pure

A resource is first a *writing*: it is being fetched. While it is kept, it is found by
its key. It is copied to the disk if it is lasting (of an ended presentation). The index
decides in one step, and files are closed or removed after that. A file is closed when
nothing refers to it any more, and is never written to again. The reason is sendfile: it
leaves pages of the file in the queues of sockets, from where they may still be sent.
"""
