"""Sinks of events, siblings that know nothing of each other.

event_log      writes events to the log
event_counts   counts them in the metrics
last_problem   keeps the latest trouble of one stream, for the pages of the program

A sink is called with every event and takes those that it is about. It does not wait and
does not raise. `proxy.app.sinks` joins them.
"""
