"""Texts with placeholders.

template        texts with placeholders: `Bearer {token}`
nested          placeholders in tables and lists
message         texts that platforms hash or sign: placeholders with filters
filters         conversions of a value before it is inserted
request_parts   the parts of a URL in such texts
"""
