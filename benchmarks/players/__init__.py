"""Many players on one live stream: `make bench-players`.

The program has one core to itself; origin and players use the others. Each player keeps
one connection, reloads the playlist by the rules of HLS, and fetches each segment.

origin    a live stream that counts what is asked of it
got       an answer as a player gets it, from one connection
crowd     the players: they join one after the other, then all is measured
figures   what they noticed, and what it took.  Pure
table     prints the figures beside the wanted ones
"""
