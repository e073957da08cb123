"""The only place that builds the parts and joins them; nothing else knows settings.

sources     settings of a token -> a source
given         those that others make on this machine
services      those that ask token services
signing       those that sign by themselves
keepers     settings of a token -> the keeper that its binding needs
placements  settings of its placements -> where its token goes
streams     settings of a stream -> the values that it is made of
lifetime    what begins and ends with one stream, and what several share
unit        one stream with its own lifetime
family      one family with its own; its members are units
plan        all that decides how a stream is built
registry    which streams there are now; another configuration swaps them
reloading   reads the configuration again
watching    watches its files
serving     settings of the server -> what the web serves
leaving     closes what players no longer reach, when its last request has ended
surroundings  what all parts share
trial       what of a configuration can be tried while it is read
sinks       what takes the events of all parts, joined
single      one stream without a server around it
looking     what the commands `token` and `check` do with it
interpreter  how long a thread or the collector may hold the others up
announcements  what `run` reports beside its log
locations   where it listens, and what a player opens there
program     the whole, running for as long as a block lasts
"""
