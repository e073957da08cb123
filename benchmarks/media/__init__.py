"""What media costs, and a live playlist: `make bench`.

All proxies get the same load over persistent connections, in alternating rounds. Only
the CPU time of a proxy's processes is counted, user and system. If the system can pin
processes, the proxies have one core, and load and origin use the others.

cases       what is asked for, and how much it may cost
origin      an upstream for all
contenders  runs the proxies; what each can do, and its paths
bare        a minimal relay in aiohttp, the least that one in Python costs
measuring   the rounds of a case
table       prints the figures beside the wanted ones
"""
