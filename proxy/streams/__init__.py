"""Streams: what one configured thing to play is made of, and how it is kept playable.

directory    which streams there are; families and their members
stream       answers what a player asks of one stream
playlists    loads a playlist, gives its references local names, fills the catalog
resolve      finds the thing behind a name, also after a restart or a new signature
asking       asks upstream with the current token; a newer one if it was refused
catalog      local name -> today's upstream URL
naming       one document's references -> local names
replies      what the web is answered with
"""
