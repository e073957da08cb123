"""Sources: they make tokens, one at a time, and keep none.

static            the token stands in the configuration
env               in environment variables
file              in a file
preissued         what these three have in common
command           a program prints it
command_output    what such programs print
process           running a program, within bounds
http              a token service answers a request
oauth2            a token endpoint answers
service_answers   asking either, and what its status means
layout            where in an answer the token stands
credential        the secret with which is asked
sign_jwt          we sign it
sign_hash         we compute what platforms have instead
"""
