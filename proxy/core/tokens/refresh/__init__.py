"""How long a token lives, and when the next one is asked for.

freshness         the points of its life, and in which phase it is
skews             what clocks that are ahead of ours mean for it
not_before        from when on it may be sent
refresh_policy    when the next is asked for: after a success or a failure
subjects          what a refusal is about, and how far it speaks
forcing           how many refreshes a refusal may force
pace              how often a source may be asked, whatever it answers
service_backoff   the same of a service, for all members of a family
request_hold      how long a request waits while there is none
doubt             whether it may have ended unnoticed
warmth            whether it is kept fresh while nobody plays
"""
