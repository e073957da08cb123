"""What all benchmarks share: processes to measure, their cost, and load on them.

side         a server as the load generator sees it; pinning to cores
spawned      runs aiohttp servers in their own processes
commands     runs programs; the CPU time and memory of their processes
servers      the program and aiohttp servers, for `spawned`
origin       what the origins share: a fast server of whole answers
certificate  a certificate for this machine
load         sends requests over persistent connections, by wrk or our own client
pipes        a pipe between two processes
"""
