"""Streams with settings that are valid."""

KEYS = {"KEY": "CANARY"}
SIGNED = {"source": "sign-jwt", "key_env": "KEY", "key_id": "k1"}
STATIC = {"source": "static", "value": "CANARY"}
URL = "https://media.example.com/live/index.m3u8"
