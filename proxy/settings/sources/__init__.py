"""`token`: where the tokens of a stream come from; one table of keys for each source.

token           the union of all sources
http            a token service with any kind of request
command         a program that prints tokens
oauth2          a token endpoint of RFC 6749
preissued       ready-made tokens: in the configuration, a variable or a file
sign_jwt        JWTs that the program signs
sign_hash       hashes and signatures that the program makes
signing         what sign_jwt and sign_hash have in common
answer_layout   where in an answer the token is
service_url     the URL of a token service
base            what all sources have in common
"""
