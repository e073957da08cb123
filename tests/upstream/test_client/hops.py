"""A question whose token is only for its own origin."""

from tests.raw_origin import End, Reply

NAMES = {"cam.example.com": "127.0.0.1", "other.example.net": "127.0.0.1"}


GONE = Reply(b"", End.RST)
