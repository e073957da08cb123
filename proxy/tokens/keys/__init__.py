"""The keys that sign tokens.

signing_key   a key and its id, which may be rotated
key_files     reads and checks keys
formats       the formats of keys
algorithms    which kind of key each algorithm needs, and how it signs
"""
