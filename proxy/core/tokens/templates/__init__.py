"""Texts with holes.

template        texts with holes: `Bearer {token}`
nested          holes in tables and lists
message         what platforms want hashed or signed: holes with filters
filters         what a value goes through on its way into one
request_parts   the parts of a URL in one
"""
