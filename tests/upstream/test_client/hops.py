"""A question whose token goes to its own origin alone."""

from tests.raw_origin import End, Reply

NAMES = {"cam.example.com": "127.0.0.1", "other.example.net": "127.0.0.1"}


GONE = Reply(b"", End.RST)
