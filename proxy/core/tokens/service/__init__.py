"""Requests to a token service, and its replies.

request_template   a request with placeholders
messages           one request, one reply
error_text         the server's own explanation of a refusal
"""
