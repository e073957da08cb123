"""Sinks of events. They do not depend on each other.

event_log      writes events to the log
event_counts   counts events in the metrics
last_problem   keeps the latest problem of one stream, for the program's own pages

A sink is called with every event and handles those that concern it. It does not wait
and does not raise. `proxy.app.sinks` joins them.
"""
