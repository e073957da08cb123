"""How long a token lives, and when the next one is requested.

freshness         the points in a token's life, and which phase it is in
skews             what it means for a token that other clocks are ahead of ours
not_before        from when on a token may be sent
refresh_policy    when to request the next token after a success or a failure
subjects          what a refusal is about, and what it says about the stream
forcing           how many refreshes a refusal may force
pace              how often a source may be asked, whatever it answers
service_backoff   the same for a service, shared by all members of a family
request_hold      how long a request waits while there is no token
doubt             whether a token may have expired unnoticed
warmth            whether a token is kept fresh while nobody plays
"""
