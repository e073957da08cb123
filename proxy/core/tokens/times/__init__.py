"""When a token ends, by all that is known, and what other clocks say.

expiry         the end of a token: the earliest of all that is told
jwt_times      the times in a JWT
claims         what a JWT says, and what in it cannot be meant so
embedded_end   ends that stand in other tokens
instant        moments and lengths of time as services write them
skew           how far another clock is from ours
"""
