"""Tokens: where they go, when they end, when to ask for the next.

token              what opens an upstream
rule               which requests get it, and what is sent then
placement          where it goes on a request, and how an old one is taken out
path_placement     the places in a path
template           texts with holes: `Bearer {token}`
nested             holes in tables and lists

freshness          how long it lives, and in which phase of its life it is
beginning          from when on it may be sent
pace               how often a source may be asked, whatever it answers
standing           the same of a service, for all members of a family
refresh_policy     when the next is asked for
doubt              whether it may have ended unnoticed
warmth             whether it is kept fresh while nobody plays
hold               how long a request waits while there is none
skew               how far another clock is from ours

expiry             when it ends, by all that is known
instant            moments and lengths of time as services write them
jwt_times          the times in a JWT
inner_end          ends that stand in other tokens
claims             what a JWT says, and what in it cannot be meant so

message            what platforms want hashed or signed: texts with holes and filters
filters            what a value goes through on its way into one
request_parts      the parts of a URL in one
request_template   a question to a token service, with holes
service            what a token service is asked, and what it answered
words              what a server says of its own accord where it refuses
credentials        what of a request is a credential
recogniser         finds secrets in a text, however they are spelt
unescaping         a text with its escapes undone
masking            somebody else's output, made fit for a log
"""
