"""`token`: where the tokens of a stream come from, a table of keys for each source.

token           which source
http            a token service that answers any request
command         a program that prints tokens
oauth2          a token endpoint of RFC 6749
preissued       tokens that somebody else made: given, in a variable, in a file
sign_jwt        tokens that the program signs
sign_hash       hashes and signatures that are made here
signing         what these two have in common
answer_layout   where in an answer a token stands
service_url     the URL of a token service
base            what all sources have in common
"""
