"""Looks for inputs that break what reads the upstream's texts: `make fuzz`.

Guided by the code that an input reaches, for a bounded time; no part of the tests, but
what was found is one. An input that fails is kept below build/fuzz.

targets     what must hold for any bytes
seeds       where each search begins: the cases of the contract
__main__    one search, as libFuzzer runs it
"""
