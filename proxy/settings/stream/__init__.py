"""`[streams.NAME]`: one stream.

stream      the model of the table
placement   where its token goes on a request
store       whether its resources are kept
volatile    the parts of URLs that change while the resource stays the same
"""
