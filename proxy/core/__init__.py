"""Decisions, pure: no clock, no socket, no log. Values in, values out."""
