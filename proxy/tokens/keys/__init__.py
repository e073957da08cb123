"""The keys that sign tokens.

signing_key   a key and its id, which may be rotated
key_files     keys, read once and checked
formats       the forms in which they are handed out
algorithms    which kind of key each algorithm takes, and how it signs
"""
