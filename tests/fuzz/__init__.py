"""Searches for inputs that break the readers of upstream texts: `make fuzz`.

The search is guided by code coverage and limited in time. It is not part of the tests,
but inputs that it found are. A failing input is kept below build/fuzz.

expensive   searches for inputs that cost most CPU time
targets     what must hold for any bytes
seeds       the inputs that each search starts from: the cases of the contract
__main__    runs one search with libFuzzer
"""
