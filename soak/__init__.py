"""Plays for minutes over everything that goes wrong: `make soak`.

schedule   when the token service is down, which requests fail; the same for one seed
service    hands out tokens of a few seconds, over HTTP and OAuth 2, when it is up
profile    the configuration that the proxy runs by
process    the proxy as a process of its own, and what it uses
verdict    what was promised, held against what was seen
__main__   plays, changes the key in the middle, and tells
"""
