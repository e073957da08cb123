"""Builds all parts of the program from the settings and connects them.

program        runs the whole program while a block lasts
announcements  what `run` reports in addition to its log
locations      where the program listens, and the URLs that players open
serving        builds the site from the settings of the server
sinks          passes the events of all parts to log, metrics and status page
storing        builds the store of media
surroundings   what all parts share: settings, clock, connections, caches
interpreter    limits how long a thread or the garbage collector blocks others

registry       the current streams; replaces them when the configuration changes
reloading      reloads the configuration
watching       watches the configuration's files for changes
trial          tries out keys and files while the configuration is read
removed_streams  closes removed streams once their last request has ended

plan           everything that determines how a stream is built
unit           one stream and the lifetime of its parts
family         one family and the lifetime of its parts; its members are units
lifetime       starts and ends the parts of a stream, and what streams share
common         what all members of a family share
blueprints     builds the values of a stream from its settings
placements     builds the rule for where the token goes from the settings
keepers        builds the keeper of a token from its settings
sources        builds the source of a token from its settings
preissued      builds the sources of ready-made tokens (file, command and so on)
services       builds the sources that request tokens from token services
commons        what the worker processes of this machine have in common
elsewhere      the tokens that another process requests for this one
signing        builds the sources that sign tokens themselves

single         one stream without a server
inspection     implements the commands `token` and `check`
prefetching    implements the command `prefetch`
prefetch_plan  what has to be fetched of a recording
fetching_all   fetches all of it, and looks at the result
"""
