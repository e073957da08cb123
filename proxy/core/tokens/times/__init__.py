"""When a token expires, by all available data, and how far other clocks are off.

expiry         when a token expires: the earliest of all stated times
jwt_times      the times in a JWT
claims         the content of a JWT, and likely mistakes in it
embedded_end   expiry times inside tokens that are not JWTs
url_end        finds the expiry of a URL that the platform has signed
instant        moments and durations as services write them
skew           how far another clock is from ours
"""
