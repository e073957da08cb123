"""Sources: they make tokens, one at a time, and store none.

static            the token is in the configuration
env               the token is in environment variables
file              the token is in a file
preissued         what these three have in common
command           a program prints the token
command_output    the output formats of such programs
process           runs a program with limits
http              a token service answers a request
oauth2            an OAuth token endpoint answers
service_answers   asks either service and interprets its status
layout            where the token is in an answer
credential        the secret for requesting a token
sign_jwt          we sign the token
sign_hash         we compute a platform's own kind of signature
"""
