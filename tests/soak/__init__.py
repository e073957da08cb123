"""Plays for minutes while many things fail: `make soak`.

schedule   when the token service is down and which requests fail; fixed by a seed
service    issues tokens that last a few seconds, over HTTP and OAuth 2
profile    the configuration of the proxy
process    runs the proxy in its own process and measures what it uses
verdict    compares the results with what is promised
command    the command line of both soaks
__main__   plays, changes the key in the middle, and reports
reloads    plays while the configuration changes, and reports
changes    the changes of the configuration, and their outcomes
"""
