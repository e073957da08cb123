"""What a token service is asked, and what it answers.

request_template   a question, with holes
messages           one request, one reply
error_text         what a server says of its own accord where it refuses
"""
