"""Plays live streams over failing network lines, and measures what a player notices.

Run it with `make lines`, as root. It needs Linux and /dev/net/tun, but no netem.
Everything it creates belongs to its process and disappears with it, however it ends.

namespace  a separate network, with sockets and commands in it
wire       one direction of a line: delay, rate, loss, cuts.  Pure
line       two networks, joined by a line whose packets this process carries
gate       sits in front of an origin, and is down, slow or silent on demand
viewer     a live player that measures how long it waits
cases      what fails on the line, and how much of it a player may notice
scene      plays one case: an origin at the far end, proxy and viewer at the near end
__main__   plays the cases at the same time, and prints the figures
"""
