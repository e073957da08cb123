"""Upstream: the HTTP client, which follows redirects, retries and reads the answers.

question     a request, and how long to wait for its answer
client       sends it: follows redirects, and retries what may be temporary
redirects    every hop is checked and stamped separately
retries      when to retry after a temporary failure
hedging      asks again on another connection if the first one is silent
service      asks token services, with small limits and without redirects

pools        the connections of one stream; checks their addresses
standby      keeps connections ready before a player comes
sockets      sockets that notice when the other end is gone
sending      sends a request over a kept connection, or over a new one
departure    sends it with a token that is still valid, or takes it back
exchange     sends it over a connection, and reads the head of the answer
wire         builds what is sent, byte for byte
heads        refuses an answer whose head violates HTTP

answer       the interface of an answer
http_answer  an answer over HTTP, and where it came from
http_body    its body, with checks that it is complete
coding       decodes a body, with limits on its size
error_texts  what a refusal says about itself, safe to log

session      the cookies and credentials that an upstream wants sent again
entry_visit  keeps the cookies of a load apart until it is known whose they are
faults       turns aiohttp's errors into ours
meter        reports each exchange exactly once
"""
