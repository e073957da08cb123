"""Where tokens come from, and who keeps them.

A source makes a token on request and keeps nothing. A keeper holds the current token of
one stream, has it renewed ahead of its end, and never hands out one that has ended.
What is decided is decided in `proxy.core.tokens`.

source          what a keeper asks of a source
static          the token stands in the configuration
env             in environment variables
file            in a file
given           what these three have in common
command         a program prints it
process         running that program
printed         what such programs print
http            a token service answers a request
oauth2          a token endpoint answers
service         asking either, and what its status means
layout          where in an answer the token stands
credential      the secret with which is asked
refresh_token   one that is good for one use, and its exchange
login_lock      one process at a time exchanges it
use_note        the note that it was sent
sign_jwt        we sign it
sign_hash       we compute what platforms have instead
signing_key     the key for that, which may be rotated
keys            keys, read once and checked
key_forms       the forms in which they are handed out
algorithms      which kind of key each takes

keeper          keeps the token of a stream
url_keeper      has one made for each URL
once_keeper     has one made for each request
holding         what it holds: the current one, and one to come
attempts        attempts to get one, one at a time
upkeep          what is done without anybody asking
turns           whose turn it is to ask a service
allowance       what a family may ask of it, all members together
refusals        what refusals lead to
report          what is reported of all this
waiting         waiting, but not for ever
"""
