"""Whose turn it is to ask a token service.

turn            the turns of one stream, or of one member of a family
service_queue   players first, then the others a few at a time
allowance       what a stream, or a family with all its members, may ask
"""
