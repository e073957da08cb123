"""System-specific functions, with a fallback if the system lacks something.

Linux has all of these features, macOS most, Windows few. Other modules use them through
this package only, so each feature can be found here, and disabled in a test.

files        how to open them, locks, durability, files in memory, positioned access
connections  resets a connection, counts what is not acknowledged, sends from a file
sockets      sockets of kinds that not every system has
processes    ends processes; the user, signals and resources of this one
modules      modules of the standard library that only some systems have
"""
