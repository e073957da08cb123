"""`[streams.NAME]`: one thing to play.

stream      the table
placement   where its token goes on a request
volatile    the parts of URLs that change although the resource does not
"""
