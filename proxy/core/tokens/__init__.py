"""Tokens: where they go, when they end, when to ask for the next.

token        what opens an upstream

placing/     which requests get it, and where on them it goes
service/     what a token service is asked, and what it answers
refresh/     how long it lives, and when the next one is asked for
times/       when it ends, by all that is known, and what other clocks say
secrets/     finding secrets in texts, and taking them out
templates/   texts with holes
"""
