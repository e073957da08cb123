"""Tokens: where they go, when they expire, and when to request the next one.

token        the credential that gives access to an upstream
placing/     which requests get the token, and where on them it goes
service/     requests to a token service and its replies
refresh/     how long a token lives, and when to request the next one
times/       when a token expires, and how far other clocks are off
secrets/     finds secrets in texts and removes them
templates/   texts with placeholders
"""
