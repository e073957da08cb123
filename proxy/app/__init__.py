"""The only place that builds the parts and joins them; nothing else knows settings.

program        the whole, running for as long as a block lasts
announcements  what `run` reports beside its log
locations      where it listens, and what a player opens there
serving        settings of the server -> what the web serves
sinks          what takes the events of all parts, joined
surroundings   what all parts share
interpreter    how long a thread or the collector may hold the others up

registry       which streams there are now; another configuration swaps them
reloading      reads the configuration again
watching       watches its files
trial          what of a configuration can be tried while it is read
leaving        closes what players no longer reach, when its last request has ended

plan           all that decides how a stream is built
unit           one stream with its own lifetime
family         one family with its own; its members are units
lifetime       what begins and ends with one stream, and what several share
streams        settings of a stream -> the values that it is made of
placements     settings of its placements -> where its token goes
keepers        settings of a token -> the keeper that its binding needs
sources        settings of a token -> a source
preissued      the sources of tokens that others make on this machine
services       the sources that ask token services
signing        the sources that sign by themselves

single         one stream without a server around it
inspection     what the commands `token` and `check` do with it
"""
